import Foundation
import NIOCore
import PulpCore
import PulpFile
import PulpTesting

extension FakeRemote {
    /// Serves files and their manifest.
    /// - Returns: the manifest.
    @discardableResult
    func serve(_ files: [String: String]) -> String {
        // In the order of names, with the large file last, so that it is in the last batch.
        let sorted = files.sorted { $0.key < $1.key }
        for (path, text) in sorted { answer("/" + path, with: .file(text)) }
        let manifest = sorted.map { "\($0.key),\(sha256(of: $0.value)),\($0.value.utf8.count)\n" }.joined()
        answer("/PULP_MANIFEST", with: .file(manifest))
        return manifest
    }
}

extension Program {
    /// What clients are served below a base path, manifest aside: each path with its text.
    func served(_ basePath: String) async throws -> [String: String] {
        try await withPulp { pulp in
            func text(_ path: String) async throws -> String? {
                switch try await pulp.serving.answer(ContentRequest(path: "\(basePath)/\(path)")) {
                case .artifact(let file): String(buffer: try await pulp.store.bytes(of: file.sha256, limit: 1 << 20))
                case .arriving(let file): try await file.text
                default: nil
                }
            }
            var files: [String: String] = [:]
            for line in try await text("PULP_MANIFEST")?.split(separator: "\n") ?? [] {
                let path = line.split(separator: ",").dropLast(2).joined(separator: ",")
                files[path] = try await text(path) ?? "nothing"
            }
            return files
        }
    }

    /// The program's store, as another process sees it.
    func withPulp<Value>(_ body: (Pulp) async throws -> Value) async throws -> Value {
        try await withDatabase { database in
            var settings = Settings(dataDirectory: store)
            settings.logger = LogRecorder().logger
            let pulp = try await Pulp(
                settings: settings, database: database,
                store: LocalArtifactStore(mediaRoot: store + "/media"), plugins: [.file])
            return try await pulp.whileOpen { try await body(pulp) }
        }
    }
}

extension ArrivingArtifact {
    /// All of it, as text.
    fileprivate var text: String {
        get async throws {
            defer { leave() }
            var bytes = ByteBuffer()
            while true {
                let more = try await read(from: Int64(bytes.writerIndex), limit: 1 << 16)
                if more.readableBytes == 0 { return String(buffer: bytes) }
                bytes.writeImmutableBuffer(more)
            }
        }
    }
}
