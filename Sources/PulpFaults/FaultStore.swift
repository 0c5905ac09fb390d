import PulpTesting

/// Where the bytes of a run are kept.
public enum FaultStore: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Files in the data directory.
    case local
    /// Objects of an S3 server.
    case s3

    /// The store's name, as `PULP_STORAGE` has it.
    public var description: String { rawValue }

    /// Runs a body with what configures programs to use an empty store, beside the data directory.
    func with(_ body: ([String: String]) async throws -> Void) async throws {
        switch self {
        case .local: try await body(["PULP_STORAGE": rawValue])
        case .s3:
            try await TemporaryBucket.with { bucket in
                try await body([
                    "PULP_STORAGE": rawValue, "PULP_AWS_STORAGE_BUCKET_NAME": bucket.name, "PULP_AWS_S3_ENDPOINT_URL": bucket.endpoint,
                    "PULP_AWS_ACCESS_KEY_ID": bucket.accessKeyID, "PULP_AWS_SECRET_ACCESS_KEY": bucket.secretAccessKey,
                    "PULP_AWS_S3_ADDRESSING_STYLE": "path", "PULP_REDIRECT_TO_OBJECT_STORAGE": "false",
                ])
            }
        }
    }
}
