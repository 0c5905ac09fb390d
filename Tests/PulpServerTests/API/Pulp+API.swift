import Foundation
import Logging
import NIOCore
import NIOPosix
import PulpCore
import PulpTesting
import ServiceLifecycle
import Testing

@testable import PulpServer

extension Pulp {
    /// Runs an API server for as long as a body runs.
    /// - Parameter body: is given the port.
    func withAPI(_ body: (Int) async throws -> Void) async throws {
        var configuration = APIServer.Configuration()
        configuration.port = 0
        let (listening, continuation) = AsyncStream<Int>.makeStream()
        let server = APIServer(
            configuration: configuration, pulp: self, group: MultiThreadedEventLoopGroup.singleton,
            onListening: { continuation.yield($0.port ?? 0) })
        let services = ServiceGroup(services: [server], logger: settings.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            let result: Result<Void, any Error>
            do {
                if let port = await listening.first(where: { _ in true }) { try await body(port) }
                result = .success(())
            } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }
}

/// Somebody who asks the API, as the administrator unless something else is said.
struct APIClient {
    let client: RawClient
    var credentials: String? = "admin:secret"

    struct Answer {
        let status: Int
        let body: JSON
        let head: RawClient.Response

        subscript(name: String) -> JSON? { body[name] }
        /// The names of the listed things.
        var names: [String] { results.compactMap { $0["name"]?.stringValue } }
        var results: [JSON] { if case .array(let results)? = body["results"] { results } else { [] } }
    }

    func get(_ path: String, method: String = "GET", _ headers: [String] = [], body: String = "") async throws -> Answer {
        var lines = ["\(method) \(path.hasPrefix("/") ? path : "/pulp/api/v3/" + path) HTTP/1.1", "Host: pulp.example"] + headers
        if let credentials { lines.append("Authorization: Basic \(Data(credentials.utf8).base64EncodedString())") }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let response = try await client.response()
        return Answer(status: response.status, body: response.text.isEmpty ? .null : try JSON(parsing: response.text), head: response)
    }
}

extension DatabaseKind {
    /// Runs a body with an administrator, whose password is `secret`, at the API of a Pulp with plugins.
    func withClient(plugins: [Plugin], _ body: (Pulp, APIClient) async throws -> Void) async throws {
        try await withPulp(plugins: plugins) { pulp in
            try await pulp.ensureAdministrator(password: "secret")
            try await pulp.withAPI { port in
                let client = try await RawClient(port: port)
                try await body(pulp, APIClient(client: client))
                try await client.close()
            }
        }
    }
}
