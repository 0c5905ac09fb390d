import PulpCore

/// How things are called: PRNs inside, hrefs outside.
///
/// An href is the path of a thing's own endpoint: `/pulp/api/v3/remotes/file/file/<uuid>/`. A repository version is called by its
/// repository and its number: see ``VersionHrefs``.
struct Hrefs: Sendable {
    /// Where the API begins: `/pulp/api/v3/`.
    let root: String
    /// By model, `file.fileremote`: the path of its list below the root.
    private let paths: [String: String]
    /// By model: where hrefs of its things begin.
    private let places: [String: String]
    private let models: [String: String]

    private static let core = [
        "core.task": "tasks", "core.taskgroup": "task-groups", "core.appstatus": "workers", "core.artifact": "artifacts",
        "core.upload": "uploads", "core.taskschedule": "task-schedules", "core.domain": "domains", "auth.user": "users",
        "core.group": "groups", "core.role": "roles", "core.accesspolicy": "access_policies",
    ]

    /// The models of what is called by what it belongs to: `users/1/roles/<uuid>`.
    private static let nested = ["users/roles": "core.userrole", "groups/roles": "core.grouprole"]

    init(root: String, kinds: [any Resource.Type]) {
        self.root = root
        var paths = Self.core
        for kind in kinds { paths[kind.apiModel] = kind.apiPath }
        self.paths = paths
        places = paths.mapValues { "\(root)\($0)/" }
        models = Dictionary(paths.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    /// The href of a PRN; nil where there is none, or it takes a look into the database.
    func href(_ prn: String) -> String? {
        guard prn.hasPrefix("prn:"), let end = prn.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let start = prn.utf8.index(prn.startIndex, offsetBy: 4)
        guard start < end, let place = places[String(prn[start..<end])] else { return nil }
        return "\(place)\(prn[prn.utf8.index(after: end)...])/"
    }

    /// The PRN of what a client calls by its href, with or without scheme and host, or by its PRN; nil when it is neither.
    func prn(_ text: String) -> String? {
        if text.hasPrefix("prn:") { return text.split(separator: ":").count == 3 ? text : nil }
        guard let segments = segments(of: text), let uuid = segments.last else { return nil }
        let list = segments.dropLast().joined(separator: "/")
        let nested = segments.count == 4 ? Self.nested["\(segments[0])/\(segments[2])"] : nil
        guard let model = models[list] ?? nested else { return nil }
        return "prn:\(model):\(uuid)"
    }

    /// The id of what a client calls by its href or its PRN.
    /// - Throws: `InvalidField` in Pulp's words when it is no thing of the model; whether there is one, the database says.
    func id<Thing>(_ text: String, of model: String, as type: Thing.Type = Thing.self) throws(InvalidField) -> ID<Thing> {
        guard let prn = prn(text), prn.hasPrefix("prn:\(model):") else { throw InvalidField("Invalid hyperlink - No URL match.") }
        return ID(prn: prn)
    }

    /// The models of the kinds in a table.
    func models(of table: ResourceTable) -> [String] {
        paths.filter { $0.value.hasPrefix(table.path + "/") }.map(\.key)
    }

    private func segments(of text: String) -> [Substring]? {
        var path = text[...]
        if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        guard path.hasPrefix(root), path.hasSuffix("/") else { return nil }
        return path.dropFirst(root.count).split(separator: "/")
    }
}
