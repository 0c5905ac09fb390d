import Foundation
import PulpCore
import PulpS3

extension Installation {
    /// What is configured of the object storage; nil when artifacts are files.
    ///
    /// The names are those of django-storages, with `PULP_` before them.
    static func objectStorage(_ source: ConfigurationSource) async throws -> S3Configuration? {
        let isObjects = try await source.value("STORAGE", "one of local, s3") { ["local": false, "s3": true][$0.lowercased()] }
        // All names are read, so that none of them looks misspelt while it is of no use.
        let bucket = try await source.text("AWS_STORAGE_BUCKET_NAME")
        var configuration = S3Configuration(bucket: bucket ?? "")
        configuration.endpoint = try await source.text("AWS_S3_ENDPOINT_URL")
        configuration.region = try await source.text("AWS_S3_REGION_NAME") ?? configuration.region
        configuration.prefix = try await source.text("AWS_LOCATION") ?? ""
        configuration.addressing =
            try await source.value("AWS_S3_ADDRESSING_STYLE", "one of auto, path, virtual") {
                S3Configuration.Addressing(rawValue: $0.lowercased())
            } ?? configuration.addressing
        configuration.redirects =
            try await source.value("REDIRECT_TO_OBJECT_STORAGE", "true or false", boolean) ?? configuration.redirects
        if let seconds = try await count("AWS_QUERYSTRING_EXPIRE", in: 1...604_800, source) {
            configuration.urlLifetime = .seconds(seconds)
        }
        configuration.credentials = try await credentials(source)
        if let path = try await source.text("AWS_S3_CA_FILE") {
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw PulpError(.invalid, "PULP_AWS_S3_CA_FILE: \(path) cannot be read")
            }
            configuration.caCertificates = String(decoding: bytes, as: UTF8.self)
        }
        guard isObjects == true else { return nil }
        guard bucket != nil else { throw PulpError(.invalid, "PULP_AWS_STORAGE_BUCKET_NAME: PULP_STORAGE is s3, and no bucket is named") }
        return configuration
    }

    private static func credentials(_ source: ConfigurationSource) async throws -> S3Credentials? {
        let key = try await source.text("AWS_ACCESS_KEY_ID")
        let secret = try await source.text("AWS_SECRET_ACCESS_KEY", isSecret: true)
        let token = try await source.text("AWS_SESSION_TOKEN", isSecret: true)
        switch (key, secret) {
        case (nil, nil): return nil
        case (let key?, let secret?): return S3Credentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token)
        case (_?, nil): throw PulpError(.invalid, "PULP_AWS_SECRET_ACCESS_KEY: the key of PULP_AWS_ACCESS_KEY_ID needs its secret")
        case (nil, _?): throw PulpError(.invalid, "PULP_AWS_ACCESS_KEY_ID: a secret needs its key")
        }
    }
}
