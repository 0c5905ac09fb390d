import NIOSSL
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Over TLS, a download")
struct TLSTests {
    private static let authority = Result { try FakeAuthority() }

    private func authority() throws -> FakeAuthority { try Self.authority.get() }

    /// Fetches a file from a server with an identity; returns its text, or the error.
    private func fetch(
        _ identity: FakeAuthority.Identity, host: String = "localhost", asksClients: Bool = false, atMost newest: TLSVersion? = nil,
        _ adjust: (inout RemoteSettings) throws -> Void = { _ in }
    ) async throws -> Result<String, PulpError> {
        var result: Result<String, PulpError>?
        var tls = try authority().serverConfiguration(identity, asksClients: asksClients)
        if let newest { (tls.minimumTLSVersion, tls.maximumTLSVersion) = (.tlsv1, newest) }
        try await withFetching(["/f": .file("secret")], tls: tls) { fetching in
            fetching.settings.url = "https://\(host):\(fetching.remote.portNumber)/"
            fetching.settings.caCertificate = try authority().certificate
            try adjust(&fetching.settings)
            try fetching.settings.validate()
            do { result = .success(try await fetching.fetch(fetching.settings.url + "f")) } catch let error as PulpError {
                result = .failure(error)
            }
        }
        return try #require(result)
    }

    private func isTLSFailure(_ result: Result<String, PulpError>) -> Bool {
        guard case .failure(let error) = result else { return false }
        return error.code == .tls && error.message.contains("https://")
    }

    @Test("trusts the authority that the remote names", arguments: ["localhost", "127.0.0.1"])
    func trusted(host: String) async throws {
        let result = try await fetch(try authority().issue(), host: host)
        #expect(try result.get() == "secret")
    }

    @Test("does not trust an unknown authority")
    func unknown() async throws {
        let identity = try authority().issue()
        let stranger = try FakeAuthority()
        let withoutAny = try await fetch(identity) { $0.caCertificate = nil }
        #expect(isTLSFailure(withoutAny))
        let withAnother = try await fetch(identity) { $0.caCertificate = stranger.certificate }
        #expect(isTLSFailure(withAnother))
    }

    @Test("does not take an expired certificate, nor that of another host")
    func wrong() async throws {
        let expired = try await fetch(try authority().issue(days: -1))
        #expect(isTLSFailure(expired))
        let elsewhere = try await fetch(try authority().issue(for: "DNS:example.org"))
        #expect(isTLSFailure(elsewhere))
    }

    @Test("takes any certificate only when it is told not to look")
    func unchecked() async throws {
        for identity in [try authority().issue(days: -1), try authority().issue(for: "DNS:example.org"), try authority().issue()] {
            let result = try await fetch(identity) {
                $0.tlsValidation = false
                $0.caCertificate = nil
            }
            #expect(try result.get() == "secret")
        }
    }

    @Test(
        "does not speak a version that is broken, whatever it is told of certificates, and says that it is the version",
        arguments: [TLSVersion.tlsv1, .tlsv11])
    func weak(version: TLSVersion) async throws {
        let identity = try authority().issue()
        let refused = try await fetch(identity, atMost: version)
        #expect(isTLSFailure(refused))
        #expect(throws: PulpError.self) { try refused.get() }
        if case .failure(let error) = refused { #expect(error.message.contains("PROTOCOL_VERSION"), "\(error)") }
        let unchecked = try await fetch(identity, atMost: version) { $0.tlsValidation = false }
        #expect(isTLSFailure(unchecked))
        let newer = try await fetch(identity, atMost: .tlsv12)
        #expect(try newer.get() == "secret")
    }

    @Test("shows the client's certificate, and fails clearly without one")
    func client() async throws {
        let server = try authority().issue()
        let client = try authority().issue(for: "DNS:client")
        let with = try await fetch(server, asksClients: true) {
            $0.clientCertificate = "Issued to me:\n\(client.certificate)"
            $0.clientKey = client.key
        }
        #expect(try with.get() == "secret")
        let without = try await fetch(server, asksClients: true)
        #expect(isTLSFailure(without))
    }

    @Test("has certificates and keys that are some, and fit each other, and nothing around them")
    func saving() throws {
        let (one, other) = (try authority().issue(), try authority().issue())
        var settings = RemoteSettings(name: "r", url: "https://a/")
        settings.clientCertificate = "subject=CN=me\r\n" + one.certificate.replacing("\n", with: "\r\n") + "trailing words"
        settings.clientKey = "Bag Attributes\n" + one.key
        #expect(settings.clientCertificate == one.certificate)
        #expect(settings.clientKey == one.key)
        try settings.validate()
        settings.clientKey = other.key
        #expect(throws: ValidationError.self) { try settings.validate() }
        settings.clientKey = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----"
        settings.caCertificate = "no certificate"
        let error = #expect(throws: ValidationError.self) { try settings.validate() }
        #expect(error?.problems.map(\.field) == ["ca_cert", "client_key"])
    }
}
