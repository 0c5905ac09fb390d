import PulpCore

/// An artifact that is about to be shown.
struct ShownArtifact: Sendable {
    let artifact: Artifact
    let hrefs: Hrefs

    var href: String { hrefs.href(artifact.id.prn) ?? artifact.id.prn }
    /// Where Pulp keeps the bytes, below its media root.
    var file: String { "artifact/\(artifact.sha256.hex.prefix(2))/\(artifact.sha256.hex.dropFirst(2))" }
}

extension View where Subject == ShownArtifact {
    static let artifact = View(
        name: "ArtifactResponse",
        properties: [
            Property("pulp_href", .uri) { .string($0.href) }, Property("prn", .text) { .string($0.artifact.id.prn) },
            Property("pulp_created", .moment) { $0.artifact.created.json },
            // Nothing of an artifact ever changes.
            Property("pulp_last_updated", .moment) { $0.artifact.created.json },
            Property("file", .text, isRequired: true, isReadOnly: false) { .string($0.file) },
            Property("size", .integer, isReadOnly: false) { .integer(Int($0.artifact.size)) },
        ]
            + DigestAlgorithm.allCases.map { algorithm in
                Property(algorithm.rawValue, .text.orNull, isReadOnly: false) { $0.artifact.digests[algorithm].json }
            })
}
