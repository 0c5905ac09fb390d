internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import PulpCore

/// Credentials that the machine is given: of a container's role, or of an instance's (IMDS, version 2).
struct RoleCredentials: Sendable {
    /// Where they come from.
    enum Source: Sendable, Hashable {
        /// A URL that answers with credentials, and what to send as `Authorization`.
        case container(url: String, authorization: String?)
        /// The instance's metadata service.
        case instance(endpoint: String)
    }

    private static let limit = 64 << 10

    let source: Source
    let http: HTTPClient

    /// Asks for credentials.
    /// - Throws: ``PulpError`` that names the service.
    func fetch() async throws -> S3Credentials {
        switch source {
        case .container(let url, let authorization):
            return try Self.parse(try await get(url, authorization.map { [("Authorization", $0)] } ?? []), from: url)
        case .instance(let endpoint):
            let token = try await text(
                "\(endpoint)/latest/api/token", .PUT, [("X-aws-ec2-metadata-token-ttl-seconds", "21600")])
            let headers = [("X-aws-ec2-metadata-token", token)]
            let folder = "\(endpoint)/latest/meta-data/iam/security-credentials/"
            let roles = try await text(folder, .GET, headers)
            guard let role = roles.split(whereSeparator: \.isNewline).first, !role.isEmpty else {
                throw PulpError(.systemState, "\(folder): the instance has no role")
            }
            let url = folder + S3URI.component(String(role))
            return try Self.parse(try await get(url, headers), from: url)
        }
    }

    /// What both services answer.
    private struct Answer: Decodable {
        let AccessKeyId: String
        let SecretAccessKey: String
        let Token: String?
        let Expiration: String?
    }

    static func parse(_ bytes: ByteBuffer, from url: String) throws(PulpError) -> S3Credentials {
        let answer: Answer
        do { answer = try JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView)) } catch {
            // The error could quote the secret.
            throw PulpError(.systemState, "\(url): the answer has no credentials")
        }
        var expiration: Timestamp?
        if let text = answer.Expiration {
            guard let moment = Timestamp(rfc3339: text) else {
                throw PulpError(.systemState, "\(url): the credentials end at \(text.debugDescription), which is no moment")
            }
            expiration = moment
        }
        return S3Credentials(
            accessKeyID: answer.AccessKeyId, secretAccessKey: answer.SecretAccessKey, sessionToken: answer.Token, expiration: expiration)
    }

    private func text(_ url: String, _ method: HTTPMethod, _ headers: [(String, String)]) async throws -> String {
        String(buffer: try await request(url, method, headers))
    }

    private func get(_ url: String, _ headers: [(String, String)]) async throws -> ByteBuffer { try await request(url, .GET, headers) }

    private func request(_ url: String, _ method: HTTPMethod, _ headers: [(String, String)]) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(contentsOf: headers)
        do {
            let response = try await http.execute(request, timeout: .seconds(5))
            guard response.status == .ok else {
                throw PulpError(.systemState, "\(url): there are no credentials: the answer is \(response.status.code)")
            }
            return try await response.body.collect(upTo: Self.limit)
        } catch let error as PulpError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw PulpError(.systemState, DownloadFailure(error, target: url, proxy: nil).error.message)
        }
    }
}
