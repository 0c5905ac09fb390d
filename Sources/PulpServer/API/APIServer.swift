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

        /// An API on this machine's port 24817, unless it is changed.
        public init() {}
    }

    private let configuration: Configuration
    private let pulp: Pulp
    private let group: any EventLoopGroup
    private let onListening: @Sendable (SocketAddress) -> Void

    /// - Parameter onListening: called once, with the address, when clients can connect.
    public init(
        configuration: Configuration, pulp: Pulp, group: any EventLoopGroup,
        onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        (self.configuration, self.pulp) = (configuration, pulp)
        (self.group, self.onListening) = (group, onListening)
    }

    /// Listens and answers until a graceful shutdown.
    /// - Throws: ``PulpError`` when the address cannot be had.
    public func run() async throws {
        let (settings, onListening) = (pulp.settings, onListening)
        var quiet = settings.logger
        // Hummingbird's own lines say again what ours say.
        quiet.logLevel = max(quiet.logLevel, .warning)
        let api = API(pulp)
        let application = Application(
            responder: APIResponder(
                router: Router(below: api.hrefs.root, api.endpoints), authentication: RequestAuthentication(api.authenticator),
                rules: pulp.rules, database: pulp.database, logger: settings.logger),
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
}
