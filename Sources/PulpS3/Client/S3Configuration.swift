internal import PulpCore

/// Which bucket of which object store, and how it is spoken to.
public struct S3Configuration: Sendable, CustomStringConvertible, CustomReflectable {
    /// How a URL names the bucket.
    public enum Addressing: String, Sendable, CaseIterable {
        /// In the path at an endpoint of one's own, in the host at Amazon's.
        case auto
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtual
    }

    /// The bucket, which must exist.
    public var bucket: String
    /// The region that signatures name.
    public var region = "us-east-1"
    /// The store's URL, `http` or `https`; nil for Amazon's of the region.
    public var endpoint: String?
    /// How URLs name the bucket.
    public var addressing = Addressing.auto
    /// What all keys begin with, without slashes at its ends; empty for nothing.
    public var prefix = ""
    /// Explicit credentials; nil to look for them in the environment, the shared file, and the machine's role.
    public var credentials: S3Credentials?
    /// PEM certificates of the authorities to trust; nil for the system's.
    public var caCertificates: String?
    /// Whether clients are sent to the store itself for an artifact's bytes.
    public var redirects = true
    /// How long a URL that a client was sent to is good; a week at most.
    public var urlLifetime: Duration = .seconds(3600)
    /// Artifacts that are larger go up in parts of this size, in bytes; at least 5 MiB, as S3 wants.
    public var partSize: Int64 = 8 << 20
    /// How often a request that failed for a passing reason is sent again.
    public var retries = 5

    /// Amazon's store, with credentials from where the machine has them.
    public init(bucket: String) { self.bucket = bucket }

    /// The bucket and the endpoint.
    public var description: String { "S3Configuration(\(bucket) at \(endpoint ?? region))" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
