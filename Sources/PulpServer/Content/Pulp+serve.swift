import NIOPosix
public import PulpCore

extension Pulp {
    /// Serves what is distributed, below the content path prefix of the settings, until the surrounding task is canceled.
    ///
    /// For programs that embed Pulp. For more than an address, make a ``ContentServer``.
    /// - Parameter port: 0 lets the system choose; the log says which.
    /// - Throws: ``PulpError`` when the address cannot be had.
    public func serve(host: String = "127.0.0.1", port: Int = 24816) async throws {
        var configuration = ContentServer.Configuration(settings: settings)
        (configuration.host, configuration.port) = (host, port)
        // Answers are kept until the last response is out.
        let watching = Task { await serving.watch() }
        defer { watching.cancel() }
        try await ContentServer(
            configuration: configuration, source: serving, store: store, group: MultiThreadedEventLoopGroup.singleton
        ).run()
        await serving.shutdown()
    }
}
