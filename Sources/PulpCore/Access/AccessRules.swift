/// Who may do what, as the core and the plugins of a Pulp declare it: the viewsets, and everything that follows from them.
///
/// It depends on the plugins alone. What operators have changed, and who was given which role, is in the database; the first is
/// remembered for a second by all copies.
public struct AccessRules: Sendable {
    /// Every viewset with rules of its own, by name.
    public let viewsets: [Viewset]
    /// Every permission that there is.
    public let permissions: Set<Permission>
    private let names: [String: Int]
    private let models: [String: Int]
    let custom = CustomPolicies()

    /// The rules of a Pulp with these plugins.
    public init(plugins: [Plugin]) {
        let viewsets = (Viewset.core + Viewset.ownKinds + plugins.flatMap(Viewset.all)).sorted { $0.name < $1.name }
        self.viewsets = viewsets
        // Pulp knows them too, and so do roles that were made there.
        let plain = ["auth.user", "core.role", "core.accesspolicy", "core.signingservice", "core.worker"]
        permissions = Set(viewsets.flatMap(\.permissions) + plain.flatMap(Permission.plain))
        names = Dictionary(viewsets.indices.map { (viewsets[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        models = viewsets.indices.reduce(into: [:]) { models, index in
            if let model = viewsets[index].model { models[model] = index }
        }
    }

    /// The viewset with a name; nil when there is none, and only administrators may do anything there.
    public func viewset(named name: String) -> Viewset? { names[name].map { viewsets[$0] } }

    /// The viewset of the things of a model.
    public func viewset(of model: String) -> Viewset? { models[model].map { viewsets[$0] } }

    /// The viewsets whose things are the rows of a table with several kinds.
    func viewsets(of table: ResourceTable) -> [Viewset] { viewsets.filter { $0.rows?.table == table.rawValue && $0.rows?.type != nil } }

    /// The viewset of the kind of thing that a PRN names.
    public func viewset(ofObject prn: String) -> Viewset? {
        let parts = prn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "prn" ? viewset(of: String(parts[1])) : nil
    }
}
