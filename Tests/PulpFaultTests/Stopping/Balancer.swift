import Foundation
import NIOCore
import NIOPosix
import PulpTesting

/// A client behind a load balancer: it asks one process after the other, and another one where nobody listens.
///
/// Nothing else is tried again: who was let in wants an answer.
struct Balancer {
    private let ports: [Int]
    private let keepsConnections: Bool
    private var kept: [Int: RawClient] = [:]
    private var turn = 0

    init(_ ports: [Int], keepsConnections: Bool) { (self.ports, self.keepsConnections) = (ports, keepsConnections) }

    struct NobodyListens: Error {}

    /// - Returns: the answer, and the port of the process that gave it.
    mutating func get(_ target: String) async throws -> (response: RawClient.Response, port: Int) {
        turn += 1
        for offset in ports.indices {
            let port = ports[(turn + offset) % ports.count]
            guard let client = try await connection(to: port) else { continue }
            let response = try await client.get(target, keepsConnections ? [] : ["Connection: close"])
            if keepsConnections, response["Connection"] != "close" {
                kept[port] = client
            } else {
                // The server may have been faster.
                try? await client.close()
            }
            return (response, port)
        }
        throw NobodyListens()
    }

    /// Ends the connections that are open.
    mutating func close() async {
        // The server may have been faster.
        for client in kept.values { try? await client.close() }
        kept = [:]
    }

    private mutating func connection(to port: Int) async throws -> RawClient? {
        if let client = kept.removeValue(forKey: port), client.channel.isActive { return client }
        return try await RawClient.unlessRefused(port: port)
    }
}

extension RawClient {
    /// A connection; nil where nobody listens.
    static func unlessRefused(port: Int, window: Int? = nil) async throws -> RawClient? {
        do { return try await RawClient(port: port, window: window) } catch let error as NIOConnectionError {
            let isRefused = error.connectionErrors.allSatisfy { ($0.error as? IOError)?.errnoCode == ECONNREFUSED }
            guard isRefused, !error.connectionErrors.isEmpty else { throw error }
            return nil
        }
    }
}
