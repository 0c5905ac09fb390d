import HTTPTypes
import Hummingbird
import PulpCore

/// The versions of a kind's repositories.
struct VersionEndpoints<R: RepositoryKind>: Sendable {
    let api: API

    var endpoints: [Endpoint] {
        let href = R.apiHref.replacing("repository_href", with: "repository_version_href")
        let versions = ResourcePaths("\(R.apiPath)/{repository}/versions", href: href, parent: R.apiHref, key: "number")
        return [
            versions.all([.get: list]), versions.each([.get: read, .delete: delete]), versions.each("repair", [.post: repair]),
        ]
    }

    private static func repository(_ request: APIRequest) -> ID<R> {
        ID(prn: "prn:\(R.schema.model):\(request.parameters["repository"] ?? "")")
    }

    private var list: Operation {
        var listing = api.versionListing
        listing.condition = { request, db in
            let id = Self.repository(request)
            guard let key = try db.value("SELECT id FROM repository WHERE prn = \(id) AND type = \(R.schema.type)", as: Int64.self) else {
                throw APIError.notFound("\(R.self)")
            }
            return "t.repository = \(key) AND t.complete"
        }
        return listing.operation(api.pulp)
    }

    private func version(_ request: APIRequest) async throws -> RepositoryVersion {
        let id = Self.repository(request)
        let number = request.parameters["number"].flatMap { Int($0) }
        let found = try await api.pulp.database.read { db in try number.flatMap { try RepositoryVersion.find($0, of: id, in: db) } }
        guard let found else { throw APIError.notFound("RepositoryVersion") }
        return found
    }

    private var read: Operation {
        Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(api.versionView.shape)]
        ) { request in
            let version = try await version(request)
            let object = try await api.pulp.database.read { [api] db in try api.versionObject(ofPRN: version.id.prn, in: db) }
            guard let object else { throw APIError.notFound("RepositoryVersion") }
            return .json(FieldSelection(request.query)(object))
        }
    }

    private var delete: Operation {
        Operation(action: "delete", answers: [.task]) { request in
            let version = try await version(request)
            return .accepted(try await api.pulp.dispatch(DeleteVersion(version.number, of: Self.repository(request))).id, api.hrefs)
        }
    }

    private var repair: Operation {
        Operation(action: "repair", request: Operation.RequestShape(shape: Repair.shape), answers: [.task]) { request in
            let body: Repair = try await api.body(request)
            let version = try await version(request)
            return .accepted(try await api.pulp.dispatch(RepairVersion(version, verifyChecksums: body.verifyChecksums)).id, api.hrefs)
        }
    }
}

/// Whether a repair reads all bytes.
struct Repair: RequestObject {
    var verifyChecksums = true

    static let name = "Repair"
    static let fields = [
        Field<Self>(
            "verify_checksums", \.verifyChecksums, "Will verify that the checksum of all stored files matches what saved in the database.")
    ]
}
