package import NIOSSL

/// Certificates and keys as text (RFC 7468).
package enum PEM {
    /// The encoded blocks of a text, without what stands around them; the text itself when there are none.
    static func stripped(_ text: String) -> String {
        var kept: [Substring] = []
        var label: Substring?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingSpaces
            if let begun = label {
                kept.append(line)
                if line == "-----END \(begun)-----" { label = nil }
            } else if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
                label = line.dropFirst(11).dropLast(5)
                kept.append(line)
            }
        }
        return kept.isEmpty ? text : kept.joined(separator: "\n") + "\n"
    }

    package static func certificates(_ text: String) throws -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(Array(stripped(text).utf8))
            guard !certificates.isEmpty else { throw InvalidField("") }
            return certificates
        } catch { throw DownloadFailure(final: PulpError(.tls, "the text has no valid PEM certificate")) }
    }

    static func privateKey(_ text: String) throws -> NIOSSLPrivateKey {
        do { return try NIOSSLPrivateKey(bytes: Array(stripped(text).utf8), format: .pem) } catch {
            throw DownloadFailure(final: PulpError(.tls, "the text has no valid PEM private key"))
        }
    }

    /// Whether a private key is that of the first certificate.
    static func fit(_ certificate: String, _ key: String) -> Bool {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            let chain = try certificates(certificate)
            configuration.trustRoots = .certificates(chain)
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try privateKey(key))
            _ = try NIOSSLContext(configuration: configuration)
            return true
        } catch { return false }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}
