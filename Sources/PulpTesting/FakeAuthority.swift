internal import Foundation
public import NIOSSL
internal import Synchronization

/// A certificate authority of a test's own, made by `openssl`.
public final class FakeAuthority: Sendable {
    /// A certificate and its key, as PEM.
    public struct Identity: Sendable {
        /// The certificate alone, without the authority's.
        public let certificate: String
        /// The private key, which nothing encrypts.
        public let key: String
    }

    /// The authority's own certificate, as PEM.
    public let certificate: String
    private let folder: String

    /// - Throws: when `openssl` is missing or fails.
    public init() throws {
        folder = NSTemporaryDirectory() + "fake-authority-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.openssl(
            folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
            "-subj", "/CN=Fake Authority", "-keyout", "ca.key", "-out", "ca.pem")
        certificate = try String(contentsOfFile: folder + "/ca.pem", encoding: .utf8)
    }

    deinit {
        // Best effort: what is left lies in the system's folder for temporary files.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Issues a certificate.
    /// - Parameters:
    ///   - names: its subject alternative names, as OpenSSL writes them: `DNS:localhost`, `IP:127.0.0.1`.
    ///   - days: how long it is valid; a negative number for one that has expired.
    public func issue(for names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 30) throws -> Identity {
        let name = UUID().uuidString
        try Data("subjectAltName=\(names)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).ext"))
        try Self.openssl(
            folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "\(name).csr")
        try Self.openssl(
            folder, "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-set_serial", "0x" + name.filter { $0 != "-" },
            "-days", String(days), "-extfile", "\(name).ext", "-out", "\(name).pem")
        return Identity(
            certificate: try String(contentsOfFile: "\(folder)/\(name).pem", encoding: .utf8),
            key: try String(contentsOfFile: "\(folder)/\(name).key", encoding: .utf8))
    }

    /// How a server shows an identity, and asks its clients for one of this authority where they must have one.
    public func serverConfiguration(_ identity: Identity, asksClients: Bool = false) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem)))
        if asksClients {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)))
        }
        return configuration
    }

    private static func openssl(_ folder: String, _ arguments: String...) throws {
        let said = Mutex(Data())
        let process = try ChildProcess(
            URL(filePath: "/usr/bin/env"), arguments: ["openssl"] + arguments, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            folder: URL(filePath: folder), onErrors: { data in said.withLock { $0.append(data) } })
        // It takes a moment, and who makes a certificate has nothing else to do.
        while process.end == nil { usleep(500) }
        guard process.end == .exited(0) else {
            throw FakeAuthorityError(
                description: "openssl \(arguments.joined(separator: " ")): \(said.withLock { String(decoding: $0, as: UTF8.self) })")
        }
    }
}

/// What `openssl` said when it failed.
public struct FakeAuthorityError: Error, CustomStringConvertible {
    /// The command, and what it wrote to its standard error.
    public let description: String
}
