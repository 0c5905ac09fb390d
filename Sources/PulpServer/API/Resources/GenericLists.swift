import HTTPTypes
import PulpCore

extension API {
    /// The list of all resources of a table, of whatever kind.
    func generic(_ table: ResourceTable) -> Endpoint {
        let kinds = pulp.kinds.filter { $0.apiTable == table }
        let shape = ObjectShape(name: Self.genericName(table), members: genericMembers(table))
        let names = Set(shape.members.map(\.name))
        let listing = Listing(
            table: SQL(raw: "\(table.rawValue) AS t"), filters: filters(of: table) + Self.types(kinds), order: order(of: table),
            shape: shape
        ) { [self] keys, db in
            let types = try db.query("SELECT id, type FROM \(raw: table.rawValue) WHERE id \(in: keys)")
                .map { (key: try $0.get(0, as: Int64.self), type: try $0.get(1, as: String.self)) }
            var found: [Int64: JSON.Object] = [:]
            for kind in kinds {
                let own = types.filter { $0.type == kind.apiType }.map(\.key)
                guard !own.isEmpty else { continue }
                try found.merge(objects(of: kind, own, in: db)) { first, _ in first }
            }
            return found.mapValues { object in JSON.Object(distinct: object.filter { names.contains($0.name) }) }
        }
        return ResourcePaths(table.path).all([.get: listing.operation(pulp)])
    }

    private static func genericName(_ table: ResourceTable) -> String {
        switch table {
        case .remote: "GenericRemoteResponse"
        case .repository: "RepositoryResponse"
        case .publication: "PublicationResponse"
        case .distribution: "DistributionResponse"
        case .contentGuard: "ContentGuardResponse"
        case .content: "MultipleArtifactContentResponse"
        case .repositoryVersion: "RepositoryVersionResponse"
        }
    }

    /// What is shown of resources whose kinds differ: what all of them have.
    private func genericMembers(_ table: ResourceTable) -> [ObjectShape.Member] {
        switch table {
        case .remote: View<Shown<AnyRemote>>.resource(AnyRemote.self, pulp.settings).shape.members
        case .repository:
            View<Shown<AnyRepository>>.resource(AnyRepository.self, pulp.settings).shape.members.filter { $0.name != "last_sync_details" }
        case .publication:
            View<Shown<AnyPublication>>.resource(AnyPublication.self, pulp.settings).shape.members.filter {
                !["checkpoint", "distributions"].contains($0.name)
            }
        case .distribution:
            View<Shown<AnyDistribution>>.resource(AnyDistribution.self, pulp.settings).shape.members.filter {
                !["publication", "checkpoint"].contains($0.name)
            }
        case .contentGuard: View<Shown<AnyContentGuard>>.resource(AnyContentGuard.self, pulp.settings).shape.members
        case .content, .repositoryVersion: []
        }
    }

    /// A list of things of all kinds can be narrowed down to some of them.
    static func types(_ kinds: [any Resource.Type]) -> [ListFilter] {
        let types = kinds.map { $0.apiType }.sorted()
        @Sendable func check(_ type: String) throws -> String {
            guard types.contains(type) else {
                throw InvalidField("Select a valid choice. \(type) is not one of the available choices.")
            }
            return type
        }
        return [
            ListFilter("pulp_type", .choice(types)) { "t.type = \(try check($0))" },
            ListFilter("pulp_type__in", .list(.choice(types))) { text in
                "t.type \(in: try text.split(separator: ",").map { try check(String($0)) })"
            },
        ]
    }
}

extension ResourceTable {
    /// The tables of which there is one list for all kinds.
    static let listed: [ResourceTable] = [.remote, .repository, .publication, .distribution, .contentGuard]
}

/// What all kinds of remote have, and nothing more.
private struct AnyRemote: RemoteKind {
    var remote = RemoteSettings()
    static let schema = Schema<Self>(.remote, "core.remote", model: "core.remote", path: "", "") { Embed(\.remote, RemoteSettings.fields) }
}

/// What all kinds of repository have, and nothing more.
private struct AnyRepository: RepositoryKind {
    var repository = RepositorySettings()
    static var contents: [any ContentUnit.Type] { [] }
    static let schema = Schema<Self>(.repository, "core.repository", model: "core.repository", path: "", "") {
        Embed(\.repository, RepositorySettings.fields)
    }
}

/// What all kinds of publication have, and nothing more.
private struct AnyPublication: PublicationKind {
    var publication = PublicationSettings()
    static let schema = Schema<Self>(.publication, "core.publication", model: "core.publication", path: "", "") {
        Embed(\.publication, PublicationSettings.fields)
    }
}

/// What all kinds of distribution have, and nothing more.
private struct AnyDistribution: DistributionKind {
    var distribution = DistributionSettings()
    static let schema = Schema<Self>(.distribution, "core.distribution", model: "core.distribution", path: "", "") {
        Embed(\.distribution, DistributionSettings.fields)
    }
}

/// What all kinds of content guard have, and nothing more.
private struct AnyContentGuard: ContentGuardKind {
    var contentGuard = ContentGuardSettings()
    static let schema = Schema<Self>(.contentGuard, "core.contentguard", model: "core.contentguard", path: "", "") {
        Embed(\.contentGuard, ContentGuardSettings.fields)
    }
    static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest? { nil }
}
