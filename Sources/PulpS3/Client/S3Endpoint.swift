internal import PulpCore

/// Where a bucket's objects are, as URLs.
struct S3Endpoint: Sendable, Hashable {
    /// `https://bucket.s3.eu-central-1.amazonaws.com`, without a slash at its end.
    let origin: String
    /// The value of `Host`.
    let host: String
    /// The encoded path of the bucket, without a slash at its end.
    let path: String

    /// - Throws: ``PulpError`` when the endpoint is no URL or the bucket no name of one.
    init(_ configuration: S3Configuration) throws(PulpError) {
        let bucket = configuration.bucket
        guard (3...63).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isName) else {
            throw PulpError(.invalid, "\(bucket.debugDescription) is not the name of a bucket")
        }
        let base: RemoteURL
        do { base = try RemoteURL(configuration.endpoint ?? "https://s3.\(configuration.region).amazonaws.com") } catch {
            throw PulpError(.invalid, "the endpoint \((configuration.endpoint ?? "").debugDescription) is not a URL")
        }
        guard base.scheme != .file, base.query == nil else {
            throw PulpError(.invalid, "the endpoint \(base.redacted) must be an http or https URL without a query")
        }
        var folder = base.path
        while folder.hasSuffix("/") { folder.removeLast() }
        // A certificate for *.host is none for a bucket with a dot in its name.
        let isVirtual =
            switch configuration.addressing {
            case .auto: configuration.endpoint == nil && !bucket.contains(".")
            case .path: false
            case .virtual: true
            }
        let scheme = "\(base.scheme.rawValue)://"
        let authority = String(base.origin.dropFirst(scheme.utf8.count))
        host = isVirtual ? "\(bucket).\(authority)" : authority
        path = isVirtual ? folder : "\(folder)/\(bucket)"
        origin = scheme + host
    }

    /// The encoded path of an object, or of the bucket.
    func path(of key: String?) -> String {
        guard let key else { return path.isEmpty ? "/" : path }
        return "\(path)/\(S3URI.path(key))"
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
