public import PulpCore

/// What requests to an object store are signed with.
///
/// Nothing that prints or dumps a value shows a secret.
public struct S3Credentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Names the key; no secret.
    public var accessKeyID: String
    /// Never sent; signatures are made with it.
    public var secretAccessKey: String
    /// Of temporary credentials.
    public var sessionToken: String?
    /// When temporary credentials end; nil for lasting ones.
    public var expiration: Timestamp?

    /// A key and its secret.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Timestamp? = nil) {
        (self.accessKeyID, self.secretAccessKey) = (accessKeyID, secretAccessKey)
        (self.sessionToken, self.expiration) = (sessionToken, expiration)
    }

    /// The name of the key.
    public var description: String { "S3Credentials(\(accessKeyID))" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
