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
                let result: Result<Value, any Error>
                do { result = .success(try await body(pulp)) } catch { result = .failure(error) }
                await pulp.tasks.close()
                await pulp.serving.shutdown()
                try await pulp.downloader.shutdown()
                return try result.get()
            }
        }
    }
}

extension Pulp {
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
