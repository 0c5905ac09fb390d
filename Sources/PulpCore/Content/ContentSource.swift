/// Where the bytes of a new unit come from.
public enum ContentSource: Codable, Sendable, Hashable {
    /// They are here already.
    case artifact(ID<Artifact>)
    /// They came in chunks; the upload ends when the unit is there.
    case upload(ID<Upload>)
    /// They are fetched, over http or https, with the server-wide settings and what is given of ``RemoteSettings/networkFields``.
    case url(String, network: JSON = [:])

    /// The upload, exclusively, where there is one.
    var locks: Locks {
        switch self {
        case .upload(let id): .exclusive(id)
        case .artifact, .url: .none
        }
    }

    /// Finds or makes the artifact, and runs a body in the transaction that makes it.
    ///
    /// On an error nothing has changed: there is no new artifact, and the upload is as it was.
    /// - Throws: ``PulpError`` with `notFound`, or that says why the bytes do not come; ``ValidationError`` for settings that cannot be.
    func withArtifact<Value: Sendable>(
        in pulp: Pulp, _ body: @escaping @Sendable (any SQLConnection, Artifact) throws -> Value
    ) async throws -> Value {
        switch self {
        case .artifact(let id):
            guard let artifact = try await pulp.artifacts.find(id) else { throw PulpError(.notFound, "there is no artifact \(id)") }
            return try await pulp.database.write { try body($0, artifact) }
        case .upload(let id):
            return try await pulp.uploads.commit(id, sha256: nil, recording: body)
        case .url(let url, let network):
            guard case .object(let members) = network else { throw PulpError(.invalid, "the settings to fetch with are no object") }
            let remote = try RemoteSettings(fetching: url, network: members)
            let staged = try await pulp.artifacts.stage()
            do {
                _ = try await pulp.downloader.fetch(RemoteFile(url: url), from: remote, into: staged)
                return try await pulp.artifacts.add(staged, named: RemoteURL.redacted(url), size: nil, digests: [:], recording: body)
            } catch {
                await staged.discard()
                throw error
            }
        }
    }
}
