import Foundation
import NIOCore
import NIOSSL
import PulpCore
import PulpServer
import PulpTesting
import Testing

@Suite("The content server with a certificate")
struct TLSTests {
    /// Self-signed for localhost, good for a century, and of no use but here.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBfzCCASWgAwIBAgIUSi8gO4z2tPwXAGKA4r7vGJi0MU4wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTEyMDg1NloYDzIxMjYxMDI4
        MTIwODU2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASWFF+e5QVANk9HF1WwBdeP4bvUtyDhuwAE0RHlVAWsaN5QqRR9PjZ1
        WWrgcX65jGU/jkNmG54e38d57pLE1z3so1MwUTAdBgNVHQ4EFgQUxLb9/d9yoAyz
        lbMWhwiY1hpt0gswHwYDVR0jBBgwFoAUxLb9/d9yoAyzlbMWhwiY1hpt0gswDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA5UkogXm8i6AXYAfQd+Nb
        fYWUHQPI1hMDxl0MqpiPX+UCIEgHWAxIF+4HP2GOB8tMQzjMHOlL5zOXkVkhBudJ
        LEqE
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggpWOxIEVcHJpxxpL
        ISkiAnxfCy5wyhF0kW/UsrndhNqhRANCAASWFF+e5QVANk9HF1WwBdeP4bvUtyDh
        uwAE0RHlVAWsaN5QqRR9PjZ1WWrgcX65jGU/jkNmG54e38d57pLE1z3s
        -----END PRIVATE KEY-----
        """

    private func withServer(_ body: (ContentFixture) async throws -> Void) async throws {
        try await TemporaryDirectory.with { folder in
            let (certificate, key) = (folder.path + "/certificate.pem", folder.path + "/key.pem")
            try Data(Self.certificate.utf8).write(to: URL(filePath: certificate))
            try Data(Self.key.utf8).write(to: URL(filePath: key))
            try await ContentFixture.run {
                $0.tls = ContentServer.TLS(certificate: certificate, key: key)
            } _: {
                try await body($0)
            }
        }
    }

    @Test("sends small and large artifacts, and parts of them")
    func artifacts() async throws {
        try await withServer { server in
            let small = ContentFixture.pattern(1000)
            let large = ContentFixture.pattern(3_000_000)
            try server.serve(small, at: "small")
            try server.serve(large, at: "large")
            let client = try await RawClient(port: server.port, tls: true)
            #expect(try await client.get("/pulp/content/large").body == large)
            #expect(try await client.get("/pulp/content/small").body == small)
            #expect(try await client.get("/pulp/content/large", ["Range: bytes=500000-1499999"]).body == Array(large[500_000..<1_500_000]))
            #expect(try await client.get("/pulp/content/large", ["Range: bytes=-7"]).body == large.suffix(7))
            let last = try await client.get("/pulp/content/small", ["Connection: close"])
            #expect(last.body == small)
            #expect(await client.ending() == .closed)
        }
    }

    @Test("speaks TLS 1.2 and newer", arguments: [TLSVersion.tlsv12, .tlsv13])
    func versions(newest: TLSVersion) async throws {
        try await withServer { server in
            try server.serve([1, 2, 3], at: "f")
            let client = try await RawClient(port: server.port, tls: true, atMost: newest)
            #expect(try await client.get("/pulp/content/f").body == [1, 2, 3])
        }
    }

    @Test("does not speak a version that is broken", arguments: [TLSVersion.tlsv1, .tlsv11])
    func weak(newest: TLSVersion) async throws {
        try await withServer { server in
            try server.serve([1, 2, 3], at: "f")
            let client = try await RawClient(port: server.port, tls: true, atMost: newest)
            await #expect(throws: (any Error).self) { try await client.get("/pulp/content/f") }
        }
    }

    @Test("never ends a response well that turns out wrong")
    func mismatch() async throws {
        try await withServer { server in
            let arrival = DirectedArrival("a", size: .success(nil))
            server.answers.set("a", .arriving(arrival), .later)
            let client = try await RawClient(port: server.port, tls: true)
            try await client.send("GET /pulp/content/a HTTP/1.0\r\nHost: x\r\n\r\n")
            arrival.arrive(ContentFixture.pattern(4000))
            #expect(try await client.head().status == 200)
            arrival.end(.failure(PulpError(.digestMismatch, "not what was promised")))
            #expect(await client.ending() == .reset)
        }
    }

    @Test("does not start with a certificate that cannot be read")
    func unreadable() async throws {
        let error = await #expect(throws: (any Error).self) {
            try await ContentFixture.run {
                $0.tls = ContentServer.TLS(certificate: "/nowhere/certificate.pem", key: "/nowhere/key.pem")
            } _: { _ in
                Issue.record("it started")
            }
        }
        #expect("\(String(describing: error))".contains("/nowhere/certificate.pem"))
    }
}
