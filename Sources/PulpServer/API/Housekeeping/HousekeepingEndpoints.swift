import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// Orphans, damaged bytes, and space to be had: work on the whole store.
    var housekeeping: [Endpoint] {
        [
            ResourcePaths("orphans").all([.delete: orphansDelete]), ResourcePaths("orphans/cleanup").all([.post: orphansCleanup]),
            ResourcePaths("repair").all([.post: repair]), ResourcePaths("repositories/reclaim_space").all([.post: reclaim]),
        ]
    }

    private var orphansCleanup: Operation {
        Operation(
            action: "cleanup", request: Operation.RequestShape(shape: OrphansCleanup.shape), answers: [.task]
        ) { [self] request in
            let body = try await body(request, as: OrphansCleanup.self)
            let task = OrphanCleanup(protectionTime: body.protectionTime, contentIDs: body.content)
            return .accepted(try await pulp.dispatch(task).id, hrefs)
        }
    }

    /// The same as Pulp had it first.
    private var orphansDelete: Operation {
        Operation(action: "delete", answers: [.task]) { [self] _ in .accepted(try await pulp.dispatch(OrphanCleanup()).id, hrefs) }
    }

    private var repair: Operation {
        Operation(action: "post", request: Operation.RequestShape(shape: Repair.shape), answers: [.task]) { [self] request in
            let body = try await body(request, as: Repair.self)
            return .accepted(try await pulp.dispatch(RepairAllArtifacts(verifyChecksums: body.verifyChecksums)).id, hrefs)
        }
    }

    private var reclaim: Operation {
        Operation(
            action: "reclaim", request: Operation.RequestShape(shape: ReclaimRequest.shape), answers: [.task]
        ) { [self] request in
            let body = try await body(request, as: ReclaimRequest.self)
            let repositories = try await repositories(body.repositories)
            return .accepted(
                try await pulp.dispatch(ReclaimSpace(repositories: repositories, keepVersions: body.keptVersions)).id, hrefs)
        }
    }

    /// `*` stands for all repositories.
    private func repositories(_ names: [String]) async throws -> [ID<Repository>] {
        guard !names.isEmpty else { throw APIError.fields([("repo_hrefs", ["Must not be [\"\"]."])]) }
        let hrefs = hrefs
        if names.contains("*") {
            guard names.count == 1 else { throw APIError.fields([("repo_hrefs", ["Can't specify specific HREFs when using '*'"])]) }
            return try await pulp.database.read { db in
                try db.query("SELECT prn FROM repository ORDER BY id").map { ID(prn: try $0.get(0)) }
            }
        }
        do {
            return try await pulp.database.read { db in try ResourceTable.repository.prns(of: names, hrefs, in: db) }.map { ID(prn: $0) }
        } catch let error as InvalidField { throw APIError.fields([("repo_hrefs", [error.message])]) }
    }
}

private struct OrphansCleanup: RequestObject {
    var content: [ID<Content>]?
    var protectionTime: Int?

    static let name = "OrphansCleanup"
    static let fields = [
        Field<Self>("content_hrefs", \.content, "Only these units; all orphans when it is not given.", .nonNull) {
            (content) throws(InvalidField) in
            if content?.isEmpty == true { throw InvalidField("This list may not be empty.") }
        },
        Field<Self>(
            "orphan_protection_time", \.protectionTime, "The time in minutes for how long Pulp will hold orphan Content and Artifacts."
        ) {
            (minutes) throws(InvalidField) in
            guard let minutes else { return }
            if minutes < 0 { throw InvalidField("Ensure this value is greater than or equal to 0.") }
            if minutes > 4_294_967_295 { throw InvalidField("Ensure this value is less than or equal to 4294967295.") }
        },
    ]
}

private struct ReclaimRequest: RequestObject {
    var repositories: [String] = []
    var keptVersions: [ID<RepositoryVersion>] = []

    static let name = "ReclaimSpace"
    static let fields = [
        Field<Self>("repo_hrefs", \.repositories, "Will reclaim space for the specified list of repos; '*' for all.", .required),
        Field<Self>("repo_versions_keeplist", \.keptVersions, "Will exclude repo versions from space reclaim."),
    ]
}
