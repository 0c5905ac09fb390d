import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// What can be done to a kind's repositories besides reading and changing their fields.
    func actions<R: RepositoryKind>(of kind: R.Type) -> [Endpoint] {
        var endpoints = VersionEndpoints<R>(api: self).endpoints
        endpoints.append(R.apiPaths.each("modify", [.post: modify(kind)]))
        if let kind = kind as? any SynchronizedRepository.Type { endpoints.append(sync(kind)) }
        return endpoints
    }

    private func modify<R: RepositoryKind>(_ kind: R.Type) -> Operation {
        Operation(
            action: "modify", request: Operation.RequestShape(shape: ModifyContent.shape), answers: [.task]
        ) { [self] request in
            let repository = try await record(R.self, request)
            let body = try await body(request, as: ModifyContent.self)
            let removal = try await removal(body)
            let task = try await pulp.dispatch(
                ModifyRepository(
                    repository.id, add: body.add, remove: removal, base: body.baseVersion, overwrite: body.overwrite))
            return .accepted(task.id, hrefs)
        }
    }

    /// `*` stands for all units.
    private func removal(_ body: ModifyContent) async throws -> ModifyRepository.Removal {
        if body.remove.contains("*") {
            guard body.remove.count == 1 else {
                throw APIError.fields([("remove_content_units", ["Cannot supply content units and '*'."])])
            }
            return .everything
        }
        guard !body.remove.isEmpty else { return .units([]) }
        let hrefs = hrefs
        do {
            return .units(
                try await pulp.database.read { db in try ResourceTable.content.prns(of: body.remove, hrefs, in: db) }.map { ID(prn: $0) })
        } catch let error as InvalidField { throw APIError.fields([("remove_content_units", [error.message])]) }
    }

    private func sync<R: SynchronizedRepository>(_ kind: R.Type) -> Endpoint {
        let operation = Operation(
            action: "sync", request: Operation.RequestShape(shape: SyncRepository<R>.shape), answers: [.task]
        ) { [self] request in
            let repository = try await record(R.self, request)
            let body = try await body(request, as: SyncRepository<R>.self)
            guard let remote = body.remote ?? repository.value.repository.remote else {
                throw APIError.fields([("remote", ["This field is required since a remote is not set on the repository."])])
            }
            guard remote.prn.hasPrefix("prn:\(R.Source.schema.model):") else {
                throw APIError.fields([
                    ("remote", ["Type for Remote '\(remote.prn)' does not match Repository '\(repository.value.repository.name)'."])
                ])
            }
            let task = R.synchronization(of: repository.id, from: remote.cast(), mirror: body.mirror, optimize: body.optimize)
            return .accepted(try await pulp.dispatch(task).id, hrefs)
        }
        return R.apiPaths.each("sync", [.post: operation])
    }
}

/// Which units come and go.
private struct ModifyContent: RequestObject {
    var add: [ID<Content>] = []
    var remove: [String] = []
    var baseVersion: ID<RepositoryVersion>?
    var overwrite = true

    static let name = "RepositoryAddRemoveContent"
    static let fields = [
        Field<Self>("add_content_units", \.add, "A list of content units to add to a new repository version."),
        Field<Self>("remove_content_units", \.remove, "A list of content units to remove from the latest repository version; '*' for all."),
        Field<Self>(
            "base_version", \.baseVersion, "A repository version whose content will be used as the initial set of content.", .nonNull),
        Field<Self>("overwrite", \.overwrite, "Whether an added unit may take the place of one with the same key."),
    ]
}

/// Where from, and how.
private struct SyncRepository<R: SynchronizedRepository>: RequestObject {
    var remote: ID<Remote>?
    var mirror = false
    var optimize = true

    static var name: String { "\(R.self)SyncURL" }
    static var fields: [Field<Self>] {
        [
            Field("remote", \.remote, "A remote to sync from. This will override a remote set on repository.", .nonNull),
            Field("mirror", \.mirror, "If true, synchronization will remove all content that is not present in the remote repository."),
            Field("optimize", \.optimize, "Whether or not to optimize sync."),
        ]
    }
}
