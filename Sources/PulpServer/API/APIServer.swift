import Foundation
import Hummingbird
import Logging
public import NIOCore
public import PulpCore
public import ServiceLifecycle

/// The REST API, on Hummingbird.
public struct APIServer: Service {
    /// What the API is about, and where.
    public struct Configuration: Sendable {
        /// The address to listen on; only this machine's by default.
        public var host = "127.0.0.1"
        /// 0 lets the system choose.
        public var port = 24817
        /// What the operator decided; names the API's root and the data directory.
        public var settings: Settings
        /// The plugins that the status names.
        public var plugins: [Plugin]

        /// An API on this machine's port 24817, unless it is changed.
        public init(settings: Settings, plugins: [Plugin]) { (self.settings, self.plugins) = (settings, plugins) }
    }

    private let configuration: Configuration
    private let database: any Database
    private let group: any EventLoopGroup
    private let onListening: @Sendable (SocketAddress) -> Void

    /// - Parameter onListening: called once, with the address, when clients can connect.
    public init(
        configuration: Configuration, database: any Database, group: any EventLoopGroup,
        onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        (self.configuration, self.database) = (configuration, database)
        (self.group, self.onListening) = (group, onListening)
    }

    /// Listens and answers until a graceful shutdown.
    /// - Throws: ``PulpError`` when the address cannot be had.
    public func run() async throws {
        let (settings, onListening) = (configuration.settings, onListening)
        var quiet = settings.logger
        // Hummingbird's own lines say again what ours say.
        quiet.logLevel = max(quiet.logLevel, .warning)
        let application = Application(
            responder: APIResponder(root: settings.apiRoot + "api/v3/", endpoints, logger: settings.logger),
            configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in
                guard let address = channel.localAddress else { return }
                settings.logger.info("API listens", metadata: ["address": "\(address.ipAddress ?? ""):\(address.port ?? 0)"])
                onListening(address)
            },
            eventLoopGroupProvider: .shared(group), logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw PulpError(.systemState, "cannot listen on \(configuration.host):\(configuration.port): \(error)")
        }
    }

    private var endpoints: [Endpoint] {
        [
            // Says that the process lives: asks nobody.
            .get("livez/") { _ in Response(status: .ok, headers: [.contentLength: "0"]) },
            .get("status/") { [configuration, database] _ in
                var status = Status(plugins: configuration.plugins, settings: configuration.settings)
                await status.look(at: database)
                return .json(status.json)
            },
        ]
    }
}
