import PulpCore

/// The options that name one resource: `--name`, `--remote` (the noun) or `--prn`.
enum Selection<R: Resource>: OptionSource {
    static var options: [DerivedOption] {
        let noun = R.schema.table.noun
        let prn = DerivedOption("prn", names: ["prn", "href"], .text(isRequired: false), "Its PRN or href.", placeholder: "prn")
        guard isNamed else { return [prn] }
        return [
            DerivedOption("name", names: ["name", noun], .text(isRequired: false), "The name of the \(noun).", placeholder: "name"), prn,
        ]
    }

    /// Whether resources of the kind have names.
    static var isNamed: Bool { R.schema.fields.contains { $0.name == "name" } }
}

extension DerivedOptions {
    /// The resource that the options of ``Selection`` name.
    /// - Throws: ``PulpError`` with `notFound`, or with `invalid` when the options name none or two.
    func find<R: Resource>(in pulp: Pulp) async throws -> Record<R> where Source == Selection<R> {
        let noun = R.schema.table.noun
        switch (text("name"), text("prn")) {
        case (let name?, nil): return try await pulp.named(name)
        case (nil, let text?): return try await pulp.get(try ID<R>(argument: text))
        case (nil, nil):
            throw PulpError(.invalid, Selection<R>.isNamed ? "say which \(noun): --name or --prn" : "say which \(noun): --prn")
        default: throw PulpError(.invalid, "say which \(noun) once: --name or --prn")
        }
    }
}

extension Pulp {
    /// The resource of a kind that a name, a PRN or an href stands for.
    /// - Throws: ``PulpError`` with `notFound`.
    func named<R: Resource>(_ name: String, _ type: R.Type = R.self) async throws -> Record<R> {
        if name.hasPrefix("prn:") || name.hasPrefix("/") { return try await get(try ID<R>(argument: name)) }
        guard let record = try await find(R.self, named: name) else {
            throw PulpError(.notFound, "there is no \(R.schema.type) \(R.schema.table.noun) \(name.debugDescription)")
        }
        return record
    }
}

extension ID where Resource: PulpCore.Resource {
    /// Reads a PRN, or an href of the REST API: its last segment is the UUID.
    init(argument text: String) throws(PulpError) {
        if text.hasPrefix("prn:") {
            self.init(prn: text)
        } else if let uuid = text.split(separator: "/").last, uuid.utf8.count == 36 {
            self.init(prn: "prn:\(Resource.schema.model):\(uuid)")
        } else {
            throw PulpError(.invalid, "\(text.debugDescription) is no PRN")
        }
    }
}
