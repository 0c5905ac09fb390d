internal import Foundation
internal import PulpCore

/// An empty bucket of a real S3 server, for one test; gone with everything in it when the scope ends.
///
/// ```swift
/// try await TemporaryBucket.with { bucket in … }
/// ```
public struct TemporaryBucket: Sendable {
    /// What the server does with the signatures of requests.
    public enum Signatures: Sendable {
        /// Whoever asks is let in.
        case ignored
        /// A request whose signature is wrong is refused. URLs with a signature in their query are refused too.
        case checked
    }

    /// The server's URL, without a slash at its end.
    public let endpoint: String
    /// The bucket's name.
    public let name: String
    /// The key that the server knows.
    public let accessKeyID: String
    /// The key's secret.
    public let secretAccessKey: String

    /// Runs a body with an empty bucket.
    ///
    /// The server is started when it is first needed, and serves the whole process.
    /// - Throws: what the body throws, and a clear error where the server is not installed.
    public static func with<Value>(
        signatures: Signatures = .ignored, isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryBucket) async throws -> Value
    ) async throws -> Value {
        let server = try await signatures == .checked ? checked.server() : ignored.server()
        let name = "test-\(UUID().uuidString.lowercased())"
        try await onThread("pulp.s3") { try server.createBucket(name) }
        let bucket = TemporaryBucket(
            endpoint: server.endpoint, name: name, accessKeyID: server.accessKeyID, secretAccessKey: server.secretAccessKey)
        let result: Result<Value, any Error>
        do { result = .success(try await body(bucket)) } catch { result = .failure(error) }
        try await onThread("pulp.s3") { try server.deleteBucket(name) }
        return try result.get()
    }

    private static let ignored = S3Servers(.ignored)
    private static let checked = S3Servers(.checked)
}

/// One server, started when it is first asked for.
private actor S3Servers {
    private let signatures: S3Server.Signatures
    private var starting: Task<S3Server, any Error>?

    init(_ signatures: S3Server.Signatures) { self.signatures = signatures }

    func server() async throws -> S3Server {
        let signatures = signatures
        let task = starting ?? Task { try await onThread("pulp.s3") { try S3Server.start(signatures) } }
        starting = task
        return try await task.value
    }
}
