internal import Foundation
internal import Logging
public import PulpCore

extension DatabaseKind {
    /// Runs a body with an empty Pulp of its own on this kind of database, with a local store; all of it is gone afterwards.
    public func withPulp<Value>(
        plugins: [Plugin], _ configure: (inout Settings) -> Void = { _ in }, _ body: (Pulp) async throws -> Value
    ) async throws -> Value {
        try await withDatabase { database in
            try await TemporaryDirectory.with { folder in
                var settings = Settings(dataDirectory: folder.path)
                settings.logger = Logger(label: "pulp.test", factory: { _ in SwiftLogNoOpLogHandler() })
                configure(&settings)
                let pulp = try await Pulp(settings: settings, database: database, plugins: plugins)
                return try await pulp.whileOpen { try await body(pulp) }
            }
        }
    }
}

extension Pulp {
    /// Runs a body, and ends what runs in this Pulp afterwards, whether or not the body threw; its database stays open.
    public func whileOpen<Value>(_ body: () async throws -> Value) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await tasks.close()
        await serving.shutdown()
        try await downloader.shutdown()
        return try result.get()
    }

    /// The files that are being written into the local store, or that somebody left unfinished there.
    public func stagedFiles() throws -> [String] {
        let staging = settings.dataDirectory + "/media/staging"
        return try FileManager.default.subpathsOfDirectory(atPath: staging).filter { path in
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(staging)/\(path)", isDirectory: &isDirectory)
            // The two locks of the store are always there.
            return exists && !isDirectory.boolValue && path != "gate" && path != "turn"
        }
    }
}
