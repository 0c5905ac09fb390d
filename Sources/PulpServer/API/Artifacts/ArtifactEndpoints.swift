import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// The list of artifacts, and each of them, which come with their bytes and go with the cleanup of orphans.
    var artifacts: [Endpoint] {
        let paths = ResourcePaths("artifacts", href: "artifact_href")
        let listing = Listing(
            table: "artifact AS t", filters: artifactFilters, order: Self.artifactOrder, shape: View<ShownArtifact>.artifact.shape
        ) { [hrefs] keys, db in
            try Artifact.list(keys, in: db).mapValues { View<ShownArtifact>.artifact.object(ShownArtifact(artifact: $0, hrefs: hrefs)) }
        }
        return [
            paths.all([.get: listing.operation(pulp), .post: createArtifact]), paths.each([.get: readArtifact, .delete: deleteArtifact]),
        ]
    }

    private var artifactFilters: [ListFilter] {
        let hrefs = hrefs
        let digests = DigestAlgorithm.allCases.map {
            ListFilter(FieldFilter($0.rawValue, .exact, .text, column: SQL(raw: "t.\($0.rawValue)")))
        }
        return identityFilters(model: "core.artifact") + digests + [
            .orphaned(
                """
                NOT EXISTS (SELECT 1 FROM content_artifact ca WHERE ca.artifact = t.id)
                AND NOT EXISTS (SELECT 1 FROM published_file pf WHERE pf.artifact = t.id)
                """),
            ListFilter("repository_version") { text in
                """
                t.id IN (SELECT ca.artifact FROM repository_content rc JOIN content_artifact ca ON ca.content = rc.content
                    WHERE \(sql: try hrefs.holds(text)))
                """
            },
        ]
    }

    private static let artifactOrder: [(name: String, column: SQL)] =
        [
            ("file", "t.sha256"), ("pk", "t.uuid"), ("pulp_created", "t.created"), ("pulp_id", "t.uuid"),
            ("pulp_last_updated", "t.created"), ("size", "t.size"), ("timestamp_of_interest", "t.touched"),
        ] + DigestAlgorithm.allCases.map { ($0.rawValue, SQL(raw: "t.\($0.rawValue)")) }

    private var readArtifact: Operation {
        Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(View<ShownArtifact>.artifact.shape)]
        ) { [self] request in
            let id = ID<Artifact>(prn: "prn:core.artifact:\(request.parameters["pk"] ?? "")")
            guard let artifact = try await pulp.artifacts.find(id) else { throw APIError.notFound("Artifact") }
            return .json(
                FieldSelection(request.query)(View<ShownArtifact>.artifact.object(ShownArtifact(artifact: artifact, hrefs: hrefs))))
        }
    }

    /// Nobody may: what refers to an artifact would be left without its bytes.
    private var deleteArtifact: Operation {
        Operation(action: "delete", answers: [.noContent]) { _ in
            throw APIError.detail("You do not have permission to perform this action.", status: .forbidden)
        }
    }

    private var createArtifact: Operation {
        let view = View<ShownArtifact>.artifact
        return Operation(
            action: "create", request: .file(ArtifactCreation.shape), answers: [.created(view.shape)]
        ) { [self] request in
            let artifacts = pulp.artifacts
            let made = try await withBody(request, ArtifactCreation.fields) {
                FormReader.Sink(staged: try await artifacts.stage())
            } _: { body, file in
                var claim = ArtifactCreation()
                try body.apply(ArtifactCreation.fields, to: &claim, .create)
                guard let file else { throw APIError.field("file", "No file was submitted.") }
                try claim.check(file.description, allowed: pulp.settings.allowedContentChecksums)
                try await refuseDuplicate(of: file.description)
                return try await artifacts.add(file.staged, named: "the file")
            }
            let shown = ShownArtifact(artifact: made, hrefs: hrefs)
            return .created(view.object(shown), shown.href)
        }
    }

    /// An artifact whose bytes were lost gets them back.
    private func refuseDuplicate(of bytes: ArtifactDescription) async throws {
        guard try await pulp.artifacts.find(bytes.sha256) != nil, try await pulp.store.size(of: bytes.sha256) == bytes.size else { return }
        throw APIError.nonField("Artifact with sha256 checksum of '\(bytes.sha256)' already exists.")
    }
}

/// What a client says of the bytes that it sends.
private struct ArtifactCreation: Sendable {
    var size: Int?
    var digests = Digests()

    static let fields: [Field<Self>] =
        [Field("size", \.size, "The size of the file in bytes.", .nonNull)]
        + DigestAlgorithm.allCases.map { algorithm in
            Field(algorithm.rawValue, \.digests[algorithm], "The \(algorithm.rawValue) checksum of the file if available.") {
                (digest) throws(InvalidField) in
                if let digest { _ = try Digests(claimed: [algorithm: digest]) }
            }
        }

    static var shape: ObjectShape {
        ObjectShape(
            name: "Artifact",
            members: [ObjectShape.Member(name: "file", shape: .file, isRequired: true)]
                + ObjectShape(requesting: fields, from: Self(), name: "Artifact").members)
    }

    /// - Throws: ``APIError`` in Pulp's words when the bytes are others.
    func check(_ bytes: ArtifactDescription, allowed: Set<DigestAlgorithm>) throws(APIError) {
        if let size, Int64(size) != bytes.size { throw .nonField("The size did not match actual size of file.") }
        let forbidden = DigestAlgorithm.allCases.filter { digests[$0] != nil && $0 != .sha256 && !allowed.contains($0) }
        guard forbidden.isEmpty else {
            let names = forbidden.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw .nonField("Checksum algorithms [\(names)] forbidden for this Pulp instance.")
        }
        let wrong = DigestAlgorithm.allCases.reversed().first { algorithm in
            digests[algorithm].map { $0.lowercased() != bytes.digests[algorithm] } ?? false
        }
        if let wrong { throw .nonField("The \(wrong.rawValue) checksum did not match.") }
    }
}
