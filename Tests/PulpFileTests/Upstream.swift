import Foundation
import PulpCore
import PulpFile
import PulpTesting

/// An upstream that serves files and a manifest of them.
struct Upstream {
    let remote: FakeRemote

    /// Serves the files under their paths, and lists them in order.
    func serve(_ files: [(path: String, text: String)]) throws {
        for file in files {
            let path = file.path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? file.path
            remote.answer("/" + path, with: .file(file.text))
        }
        try list(files.map { (path: $0.path, text: $0.text) })
    }

    /// Serves a manifest of files, whether or not they are there.
    func list(_ files: [(path: String, text: String)]) throws {
        remote.answer("/PULP_MANIFEST", with: .file(try files.map(Self.line).joined()))
    }

    static func line(_ file: (path: String, text: String)) throws -> String {
        let digests = Array(file.text.utf8).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256]) }
        return "\(file.path),\(digests[.sha256] ?? ""),\(file.text.utf8.count)\n"
    }
}

/// A file repository with its remote, and what tests do with them.
struct Mirror {
    let pulp: Pulp
    let upstream: Upstream
    var remote: Record<FileRemote>
    let repository: Record<FileRepository>

    /// Runs a body with a mirror of a fresh upstream.
    static func with<Value>(
        _ kind: DatabaseKind, policy: DownloadPolicy = .immediate, _ body: (Mirror) async throws -> Value
    ) async throws -> Value {
        try await withFakeRemote { fake in
            try await kind.withPulp(plugins: [.file]) { pulp in
                var remote = FileRemote(name: "upstream", url: fake.url + "PULP_MANIFEST", policy: policy)
                remote.remote.maxRetries = 0
                return try await body(
                    Mirror(
                        pulp: pulp, upstream: Upstream(remote: fake), remote: try await pulp.create(remote),
                        repository: try await pulp.create(FileRepository(name: "mirror"))))
            }
        }
    }

    @discardableResult
    func sync(mirror: Bool = false, optimize: Bool = true) async throws -> RepositoryVersion? {
        try await pulp.run(SynchronizeFiles(repository.id, from: remote.id, mirror: mirror, optimize: optimize))
    }

    /// The paths that the latest version holds, sorted.
    func paths() async throws -> [String] {
        var paths: [String] = []
        let latest = try await pulp.latestVersion(of: repository.id)
        try await pulp.forEachFile(in: latest) { paths += $0.map(\.relativePath.description) }
        return paths
    }

    /// The number of the latest version.
    func latest() async throws -> Int { try await pulp.latestVersion(of: repository.id).number }
}
