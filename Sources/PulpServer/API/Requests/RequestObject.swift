import PulpCore

/// A body that is not a resource's: its fields are declared, checked and documented as those of resources are.
protocol RequestObject: Sendable {
    /// Under which OpenAPI documents know it.
    static var name: String { get }
    static var fields: [Field<Self>] { get }
    /// What OpenAPI documents say of the body; follows from the fields.
    static var shape: ObjectShape { get }
    /// What holds where the body says nothing.
    init()
}

extension RequestObject {
    static var shape: ObjectShape { ObjectShape(requesting: fields, from: Self(), name: name) }
}

extension ObjectShape {
    /// What a request may set of a value.
    /// - Parameter value: what holds where the request says nothing.
    init<Root>(requesting fields: [Field<Root>], from value: Root, name: String) {
        self.init(
            name: name,
            members: fields.filter { $0.traits.isDisjoint(with: [.readOnly, .internal]) }.map { field in
                let fallback = field.json(value)
                let isWorthSaying = fallback != .null && fallback != .string("") && !field.traits.contains(.required)
                return Member(of: field, fallback: isWorthSaying ? fallback : nil)
            })
    }
}

/// What a body says, before it is applied to anything: ids in place of hrefs, and what was wrong with these.
struct RequestBody: Sendable {
    let members: JSON.Object
    let refused: [String: String]

    /// Applies the body to a value.
    /// - Throws: `ValidationError` with everything that is wrong.
    func apply<Root>(_ fields: [Field<Root>], to value: inout Root, _ change: FieldChange) throws(ValidationError) {
        try fields.apply(members, to: &value, change, refusing: refused)
    }
}

extension API {
    /// The body of a request, whose hrefs are looked up.
    /// - Throws: ``APIError`` with 403 when who asks may not do it with what the body names.
    func body<Root>(_ request: APIRequest, _ fields: [Field<Root>]) async throws -> RequestBody {
        try await resolved(try await request.object(lists: fields.lists()), fields, request)
    }

    /// Lends the body of a request, whose hrefs are looked up, and its file, if there is one, to a closure.
    ///
    /// Afterwards the file is discarded, unless it was committed.
    /// - Parameter sink: where the bytes of the member `file` go.
    func withBody<Root, Value>(
        _ request: APIRequest, _ fields: [Field<Root>], into sink: @escaping @Sendable () async throws -> FormReader.Sink,
        _ use: (RequestBody, Form.File?) async throws -> Value
    ) async throws -> Value {
        try await request.withForm(lists: fields.lists()) { part in
            part.name == "file" ? try await sink() : nil
        } _: { object, files in
            guard object["file"] == nil else {
                throw APIError.field("file", "The submitted data was not a file. Check the encoding type on the form.")
            }
            return try await use(try await resolved(object, fields, request), files.first)
        }
    }

    private func resolved<Root>(
        _ object: JSON.Object, _ fields: [Field<Root>], _ request: APIRequest
    ) async throws -> RequestBody {
        let references = fields.compactMap { field in Reference(field.name, field.type, object[field.name]) }
        guard !references.isEmpty || request.access.dependsOnBody else { return RequestBody(members: object, refused: [:]) }
        let hrefs = hrefs
        return try await pulp.database.read { db in
            var (members, refused) = (object, [String: String]())
            for reference in references {
                do { members[reference.name] = try reference.resolved(hrefs, in: db) } catch let error as InvalidField {
                    refused[reference.name] = error.message
                }
            }
            try request.access.permit(naming: hrefs.named(in: members), in: db)
            return RequestBody(members: members, refused: refused)
        }
    }

    /// The body of a request, as what the endpoint takes.
    func body<Body: RequestObject>(_ request: APIRequest, as type: Body.Type = Body.self) async throws -> Body {
        var value = Body()
        try await body(request, Body.fields).apply(Body.fields, to: &value, .create)
        return value
    }
}

extension Array {
    /// The names of the fields that hold lists.
    fileprivate func lists<Root>() -> Set<String> where Element == Field<Root> {
        Set(filter { if case .list = $0.type.unwrapped { true } else { false } }.map(\.name))
    }
}

extension Hrefs {
    /// What the members of a body name, by their PRNs.
    fileprivate func named(in members: JSON.Object) -> [String: String] {
        Dictionary(
            members.compactMap { member in member.value.stringValue.flatMap(prn).map { (member.name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }
}

/// A member of a body that names other things.
private struct Reference: Sendable {
    let name: String
    private let table: ResourceTable
    private let value: JSON

    init?(_ name: String, _ type: FieldType, _ value: JSON?) {
        guard let value else { return nil }
        switch type.unwrapped {
        case .reference(let table), .list(.reference(let table)): self.table = table
        default: return nil
        }
        (self.name, self.value) = (name, value)
    }

    /// The same with PRNs; what is no text is left for the field to refuse.
    /// - Throws: `InvalidField` when there is no such thing.
    func resolved(_ hrefs: Hrefs, in db: any SQLConnection) throws -> JSON {
        switch value {
        case .string(let text): return .string(try table.prns(of: [text], hrefs, in: db)[0])
        case .array(let elements):
            let texts = elements.compactMap(\.stringValue)
            return texts.count == elements.count ? .array(try table.prns(of: texts, hrefs, in: db).map { .string($0) }) : value
        default: return value
        }
    }
}

extension ResourceTable {
    /// The PRNs of rows that are called by hrefs or PRNs, in their order.
    /// - Throws: `InvalidField` in Pulp's words for the first that is not there.
    func prns(of texts: [String], _ hrefs: Hrefs, in db: any SQLConnection) throws -> [String] {
        let versions = self == .repositoryVersion ? try VersionPRNs(of: texts, hrefs, in: db) : nil
        let prns = texts.map { versions?[$0] ?? hrefs.prn($0) }
        let existing = try existing(prns.compactMap { $0 }, in: db)
        return try zip(texts, prns).map { text, prn in
            if let prn, existing.contains(prn) { return prn }
            let isKnown = prn != nil || (versions != nil && hrefs.version(text) != nil)
            throw InvalidField("Invalid hyperlink - \(isKnown ? "Object does not exist." : "No URL match.")")
        }
    }
}
