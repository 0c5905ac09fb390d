internal import AsyncHTTPClient
internal import Foundation
internal import PulpCore

/// Where credentials come from, in the order in which AWS's own tools look.
enum CredentialSource: Sendable, Hashable {
    case fixed(S3Credentials)
    case role(RoleCredentials.Source)

    private static let containerHost = "http://169.254.170.2"
    private static let instanceEndpoint = "http://169.254.169.254"

    /// Finds the first place that has credentials: explicit ones, the environment, the shared file, the container's role; else the
    /// instance's role is asked when they are needed.
    /// - Parameter read: the contents of a file; nil when there is none.
    /// - Throws: ``PulpError`` that names what is set but cannot be used.
    static func find(
        explicit: S3Credentials?, environment: [String: String], read: (String) -> String?
    ) throws(PulpError) -> CredentialSource {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let explicit { return .fixed(explicit) }
        if let key = variable("AWS_ACCESS_KEY_ID") {
            guard let secret = variable("AWS_SECRET_ACCESS_KEY") else {
                throw PulpError(.systemState, "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not")
            }
            return .fixed(S3Credentials(accessKeyID: key, secretAccessKey: secret, sessionToken: variable("AWS_SESSION_TOKEN")))
        }
        let profile = variable("AWS_PROFILE")
        let named = variable("AWS_SHARED_CREDENTIALS_FILE")
        if let path = named ?? variable("HOME").map({ $0 + "/.aws/credentials" }) {
            if let text = read(path) {
                return .fixed(try CredentialsFile.credentials(in: text, profile: profile ?? "default", path: path))
            }
            if named != nil || profile != nil { throw PulpError(.systemState, "the file of credentials \(path) cannot be read") }
        }
        if let container = try container(variable, read) { return .role(container) }
        if variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" {
            throw PulpError(
                .systemState,
                "there are no credentials for the object store: neither PULP_AWS_ACCESS_KEY_ID nor AWS_ACCESS_KEY_ID, a shared file or a role"
            )
        }
        var endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? instanceEndpoint
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        return .role(.instance(endpoint: endpoint))
    }

    private static func container(
        _ variable: (String) -> String?, _ read: (String) -> String?
    ) throws(PulpError) -> RoleCredentials.Source? {
        let url: String
        if let path = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = containerHost + path
        } else if let full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            url = full
        } else {
            return nil
        }
        var authorization = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if let file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            guard let token = read(file) else { throw PulpError(.systemState, "the token file \(file) cannot be read") }
            authorization = token.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return .container(url: url, authorization: authorization)
    }
}

/// Hands out credentials, and fetches new ones before they end; many who ask at once wait for one answer.
actor CredentialCache {
    /// How long before their end new ones are fetched.
    private static let margin: Duration = .seconds(5 * 60)

    private let source: CredentialSource
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp
    private var kept: S3Credentials?
    private var running: Task<S3Credentials, any Error>?

    init(_ source: CredentialSource, http: HTTPClient, now: @escaping @Sendable () -> Timestamp) {
        (self.source, self.http, self.now) = (source, http, now)
    }

    /// Credentials that are good for a while.
    /// - Throws: ``PulpError`` when there are none. Ones that have not ended yet are used when new ones cannot be had.
    func credentials() async throws -> S3Credentials {
        guard case .role(let role) = source else {
            guard case .fixed(let credentials) = source else { preconditionFailure("credentials are fixed or a role's") }
            return credentials
        }
        if let kept, kept.expiration.map({ now() < $0 - Self.margin }) ?? true { return kept }
        let http = http
        let task = running ?? Task { try await RoleCredentials(source: role, http: http).fetch() }
        running = task
        defer { running = nil }
        do {
            let fresh = try await task.value
            kept = fresh
            return fresh
        } catch {
            if let kept, let end = kept.expiration, now() < end { return kept }
            throw error
        }
    }

    /// Forgets credentials that the store has refused as expired.
    func forget(_ refused: S3Credentials) { if kept == refused { kept = nil } }
}
