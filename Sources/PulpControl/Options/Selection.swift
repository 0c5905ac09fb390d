import PulpCore

/// The options that name one resource: `--name` or `--remote` (the noun), `--prn` or `--href`.
enum Selection<R: Resource>: OptionSource {
    static var options: [DerivedOption] {
        let noun = R.schema.table.noun
        return selection(named: isNamed ? ["name", noun] : [], identified: ["prn", "href", "\(noun)-href"])
    }

    /// Whether resources of the kind have names.
    static var isNamed: Bool { R.schema.fields.contains { $0.name == "name" } }

    fileprivate static func selection(named names: [String], identified identifiers: [String]) -> [DerivedOption] {
        let noun = R.schema.table.noun
        let prn = DerivedOption("prn", names: identifiers, .text(isRequired: false), "The PRN or href of the \(noun).", placeholder: "prn")
        if names.isEmpty { return [prn] }
        return [DerivedOption("name", names: names, .text(isRequired: false), "The \(noun).", placeholder: "name or prn"), prn]
    }
}

/// The same where `--name` and `--href` mean something else: `--repository` and `--repository-href`.
enum NounSelection<R: Resource>: OptionSource {
    static var options: [DerivedOption] {
        let noun = R.schema.table.noun
        return Selection<R>.selection(named: [noun], identified: ["\(noun)-href"])
    }
}

extension DerivedOptions {
    /// The resource that the options of ``Selection`` name.
    /// - Throws: ``PulpError`` with `notFound`, or with `invalid` when the options name none or two.
    func find<R: Resource>(in pulp: Pulp) async throws -> Record<R> where Source == Selection<R> { try await selected(in: pulp) }

    /// The resource that the options of ``NounSelection`` name; throws the same.
    func find<R: Resource>(in pulp: Pulp) async throws -> Record<R> where Source == NounSelection<R> { try await selected(in: pulp) }

    private func selected<R: Resource>(in pulp: Pulp) async throws -> Record<R> {
        let noun = R.schema.table.noun
        let options = Source.options.compactMap(\.names.first).map { "--\($0)" }.joined(separator: " or ")
        switch (text("name"), text("prn")) {
        case (let name?, nil), (nil, let name?): return try await pulp.named(name)
        case (nil, nil): throw PulpError(.invalid, "say which \(noun): \(options)")
        default: throw PulpError(.invalid, "say which \(noun) once: \(options)")
        }
    }
}

extension Pulp {
    /// The resource of a kind that a name, a PRN or an href stands for.
    /// - Throws: ``PulpError`` with `notFound`.
    func named<R: Resource>(_ name: String, _ type: R.Type = R.self) async throws -> Record<R> {
        if name.hasPrefix("prn:") || name.hasPrefix("/") || !Selection<R>.isNamed { return try await get(try ID<R>(argument: name)) }
        if let record = try await find(R.self, named: name) { return record }
        if let bare = R.schema.bareName(name), let record = try await find(R.self, named: bare) { return record }
        throw PulpError(.notFound, "there is no \(R.schema.type) \(R.schema.table.noun) \(name.debugDescription)")
    }
}

extension Schema {
    /// The name in `file:name` and `file:file:name`, as pulp-cli has them; nil for a name without these words.
    func bareName(_ text: String) -> String? {
        [type.replacing(".", with: ":") + ":", plugin + ":"].first { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) }
    }

    /// The name of the plugin that brings the kind: the first part of its type.
    var plugin: String { String(type.prefix { $0 != "." }) }
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
