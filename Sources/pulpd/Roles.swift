import NIOPosix
import PulpConfiguration
import PulpCore
import PulpServer
import ServiceLifecycle

/// The roles of this process, side by side, all of which are told to stop at once, not one after the other.
struct Roles: Service, CustomStringConvertible {
    let pulp: Pulp
    let installation: Installation
    /// Requests to stop, each with the time that running tasks have; nil for as long as they need.
    let stops: AsyncStream<Duration?>

    /// What the service group logs of it, in place of all that it holds.
    var description: String { "roles \(installation.roles.map(\.rawValue).sorted().joined(separator: ","))" }

    func run() async throws {
        let roles = installation.roles
        try await withThrowingTaskGroup(of: Void.self) { group in
            if roles.contains(.content) {
                group.addTask { try await serveContent() }
                group.addTask { await cancelWhenGracefulShutdown { await pulp.appear(as: .content) } }
            }
            if roles.contains(.api) {
                group.addTask { try await api.run() }
                group.addTask { await cancelWhenGracefulShutdown { await pulp.appear(as: .api) } }
            }
            if roles.contains(.worker) {
                group.addTask { try await pulp.tasks.run(with: pulp, until: stops) }
            }
            if roles.contains(.scheduler) {
                group.addTask { await cancelWhenGracefulShutdown { await pulp.tasks.runScheduler() } }
            }
            // One by one: the first that fails takes the others with it, where `waitForAll` would wait for them.
            for try await _ in group {}
        }
    }

    private func serveContent() async throws {
        // Answers are kept until the last response is out.
        let watching = Task { await pulp.serving.watch() }
        defer { watching.cancel() }
        try await content.run()
        await pulp.serving.shutdown()
    }

    private var content: ContentServer {
        var configuration = ContentServer.Configuration(settings: installation.settings)
        configuration.host = installation.contentListen.host
        configuration.port = installation.contentListen.port
        configuration.tls = installation.certificate.map { ContentServer.TLS(certificate: $0.certificate, key: $0.key) }
        return ContentServer(
            configuration: configuration, source: pulp.serving, store: pulp.store,
            group: MultiThreadedEventLoopGroup.singleton)
    }

    private var api: APIServer {
        var configuration = APIServer.Configuration()
        configuration.host = installation.apiListen.host
        configuration.port = installation.apiListen.port
        return APIServer(configuration: configuration, pulp: pulp, group: MultiThreadedEventLoopGroup.singleton)
    }
}
