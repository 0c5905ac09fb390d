import Foundation
import NIOCore
import NIOPosix
import PulpCore
import PulpFile
import PulpTesting
import ServiceLifecycle

@testable import PulpServer

extension Pulp {
    /// Runs a content server for as long as a body runs; it keeps answers.
    /// - Parameter body: is given a client.
    func withContent(_ body: (RawClient) async throws -> Void) async throws {
        var configuration = ContentServer.Configuration(settings: settings)
        (configuration.port, configuration.idleGrace) = (0, .zero)
        let (listening, continuation) = AsyncStream<Int>.makeStream()
        let server = ContentServer(
            configuration: configuration, source: serving, store: store, group: MultiThreadedEventLoopGroup.singleton,
            onListening: { continuation.yield($0.port ?? 0) })
        let services = ServiceGroup(services: [server], logger: settings.logger)
        let watching = Task { [serving] in await serving.watch() }
        defer { watching.cancel() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            let result: Result<Void, any Error>
            do {
                if let port = await listening.first(where: { _ in true }) {
                    let client = try await RawClient(port: port)
                    try await body(client)
                    try await client.close()
                }
                result = .success(())
            } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// A repository of files, each with its own path for text, published with every version.
    /// - Parameter folder: where files may be imported from.
    func files(_ paths: [String], from folder: TemporaryDirectory) async throws -> Record<FileRepository> {
        var manifest = ""
        for path in paths {
            let file = URL(filePath: folder.path).appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(path.utf8).write(to: file)
            manifest += "\(path),\(ContentFixture.digest(Array(path.utf8)).hex),\(path.utf8.count)\n"
        }
        try Data(manifest.utf8).write(to: URL(filePath: folder.path).appending(path: "PULP_MANIFEST"))
        let remote = try await create(FileRemote(name: "r", url: "file://\(folder.path)/PULP_MANIFEST"))
        let repository = try await create(FileRepository(name: "r", autopublish: true))
        _ = try await run(SynchronizeFiles(repository.id, from: remote.id))
        return repository
    }
}
