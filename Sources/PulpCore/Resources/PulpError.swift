/// An error for who caused it or must repair it: it names the thing, and carries Pulp's code where Pulp has one.
public struct PulpError: Error, Hashable, CustomStringConvertible {
    /// What went wrong; a plugin may add codes of its own.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// Pulp's `PLPnnnn`.
        public let description: String
        /// A code, written as Pulp writes its own; nothing checks it.
        public init(_ description: String) { self.description = description }

        /// What should not happen has happened: a defect of the program.
        public static let `internal` = Self("PLP0000")
        /// What was asked for is not acceptable.
        public static let invalid = Self("PLP0001")
        /// Bytes do not have the digest that they should have.
        public static let digestMismatch = Self("PLP0003")
        /// There are more or fewer bytes than there should be.
        public static let sizeMismatch = Self("PLP0004")
        /// A remote did not answer in time.
        public static let timeout = Self("PLP0005")
        /// A host name has no address.
        public static let hostNotFound = Self("PLP0008")
        /// A URL, or a redirect to it, is of a kind that is not allowed.
        public static let urlScheme = Self("PLP0009")
        /// A proxy wants credentials, or others.
        public static let proxyAuthentication = Self("PLP0010")
        /// The only version of a repository is not deleted.
        public static let versionDeletion = Self("PLP0011")
        /// A version could not be published.
        public static let publishing = Self("PLP0012")
        /// A repository could not be synchronised.
        public static let synchronization = Self("PLP0013")
        /// The machine, the data directory or the database is not as it must be.
        public static let systemState = Self("PLP0017")
        /// No digest says what the bytes should be.
        public static let missingDigest = Self("PLP0019")
        /// The only digests that say what the bytes should be are of kinds that are not allowed.
        public static let unsupportedDigest = Self("PLP0020")
        /// Two units of one version have the same repository key.
        public static let duplicateContent = Self("PLP0022")
        /// An addition would displace a unit that must not be overwritten.
        public static let overwrite = Self("PLP0023")
        /// An immediate task took too long.
        public static let taskTimeout = Self("PLP0024")
        /// A remote answered with an error.
        public static let http = Self("PLP0025")
        /// TLS with a remote failed, or a certificate or key cannot be used.
        public static let tls = Self("PLP0026")
        /// There is no connection to a remote, or none is allowed.
        public static let connection = Self("PLP0027")
        /// The thing is in use, and must not be deleted.
        public static let protected = Self("PLP0029")
        /// Ours: who asks may not do that.
        public static let forbidden = Self("PLP0403")
        /// Ours: there is no such thing.
        public static let notFound = Self("PLP0404")
        /// Ours: the thing is in use, exists already, or is in the wrong state for what was asked.
        public static let conflict = Self("PLP0409")
    }

    /// The kind of error, for who handles it.
    public let code: Code
    /// One line, without the code.
    public let message: String

    /// An error with a message of one line, which names the thing.
    public init(_ code: Code, _ message: String) {
        (self.code, self.message) = (code, message)
    }

    /// The code in brackets, then the message.
    public var description: String { "[\(code)] \(message)" }
}
