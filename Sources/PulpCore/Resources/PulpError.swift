/// An error for who caused it or must repair it: it names the thing, and carries Pulp's code where Pulp has one.
public struct PulpError: Error, Hashable, CustomStringConvertible {
    /// What went wrong. Extensible: a plugin may add its own.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// Pulp's `PLPnnnn`.
        public let description: String
        public init(_ description: String) { self.description = description }

        public static let `internal` = Self("PLP0000")
        public static let invalid = Self("PLP0001")
        public static let digestMismatch = Self("PLP0003")
        public static let sizeMismatch = Self("PLP0004")
        public static let timeout = Self("PLP0005")
        public static let hostNotFound = Self("PLP0008")
        public static let urlScheme = Self("PLP0009")
        public static let proxyAuthentication = Self("PLP0010")
        public static let versionDeletion = Self("PLP0011")
        public static let publishing = Self("PLP0012")
        public static let synchronization = Self("PLP0013")
        public static let systemState = Self("PLP0017")
        public static let missingDigest = Self("PLP0019")
        public static let unsupportedDigest = Self("PLP0020")
        public static let duplicateContent = Self("PLP0022")
        public static let overwrite = Self("PLP0023")
        public static let taskTimeout = Self("PLP0024")
        public static let http = Self("PLP0025")
        public static let tls = Self("PLP0026")
        public static let connection = Self("PLP0027")
        public static let protected = Self("PLP0029")
        /// Ours: there is no such thing.
        public static let notFound = Self("PLP0404")
        /// Ours: the thing is in use, exists already, or is in the wrong state for what was asked.
        public static let conflict = Self("PLP0409")
    }

    public let code: Code
    /// One line, without the code.
    public let message: String

    public init(_ code: Code, _ message: String) {
        (self.code, self.message) = (code, message)
    }

    public var description: String { "[\(code)] \(message)" }
}
