internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import PulpCore

/// Single objects.
extension S3Client {
    /// The size of an object; nil when there is none.
    /// - Throws: ``S3Failure`` also where the bucket itself is missing.
    func size(of key: String) async throws -> Int64? {
        let request = S3Request(method: "HEAD", key: key)
        do {
            return try await send(request) { response in
                guard let size = response.headers.first(name: "content-length").flatMap({ Int64($0) }) else {
                    throw S3Failure(corrupt: "the object store does not say the size", request: name(of: request))
                }
                return size
            }
        } catch let failure as S3Failure where failure.error.code == .notFound {
            // The answer to a HEAD has no text that tells a missing bucket from a missing object.
            if !hasSeenBucket { _ = try await list(prefix: key, limit: 1) }
            return nil
        }
    }

    /// Puts a small object, whole or not at all, in the place of one that is there.
    ///
    /// The store checks the bytes against their SHA-256, which the signature covers too; where it says what it has, that is compared.
    func put(_ part: StagedPart, sha256: String, as key: String) async throws {
        let request = S3Request(
            method: "PUT", key: key, headers: Self.checksumHeaders(sha256) + [("content-type", "application/octet-stream")],
            body: .part(part, sha256: sha256))
        _ = try await collect(request) { headers, _ in try self.compare(headers, sha256, request) }
    }

    /// Puts a finished artifact under a key: whole when it is small, else in parts.
    ///
    /// The artifact is used up.
    func put(_ staged: LocalStagedArtifact, _ description: ArtifactDescription, as key: String) async throws {
        let plan = PartPlan(size: description.size, partSize: configuration.partSize)
        if plan.isSingle {
            try await put(StagedPart(staged: staged, range: 0..<description.size), sha256: description.sha256.hex, as: key)
        } else {
            try await upload(staged, plan, as: key)
        }
        staged.didUpload()
    }

    /// Removes objects, at most 1000; those that are not there are no error.
    /// - Parameter date: what the requests are signed with: the store refuses them when it is long past.
    func delete(_ keys: [String], signedAt date: Timestamp?, unanswered: UnansweredRequests) async throws {
        guard !keys.isEmpty else { return }
        let objects = keys.map { "<Object><Key>\(XMLText.escaped($0))</Key></Object>" }.joined()
        let body = ByteBuffer(
            string: "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>\(objects)</Delete>")
        let digests = body.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.md5, .sha256] as [DigestAlgorithm]) }
        // S3 wants one of the two; older stores know only the first.
        let headers = [("content-md5", Self.base64(hex: digests[.md5] ?? ""))] + Self.checksumHeaders(digests[.sha256] ?? "")
        let request = S3Request(
            method: "POST", query: [("delete", "")], headers: headers + [("content-type", "application/xml")], body: .bytes(body),
            date: date)
        let answer = try await collect(request, unanswered: unanswered).body
        guard answer.readableBytes > 0 else { return }
        let errors = try XMLAnswer(answer).all("Error")
        guard let first = errors.first else { return }
        throw PulpError(
            .systemState,
            "\(name(of: request)): the object store did not delete \(errors.count) of \(keys.count) objects; \(first.text(of: "Key") ?? ""): "
                + "\(first.text(of: "Code") ?? "") \(first.text(of: "Message") ?? "")")
    }

    /// Compares the checksum that the store says it has with ours.
    func compare(_ headers: HTTPHeaders, _ sha256: String, _ request: S3Request) throws {
        guard let theirs = headers.first(name: "x-amz-checksum-sha256"), theirs != Self.base64(hex: sha256) else { return }
        throw S3Failure(corrupt: "the object store has other bytes than were sent: their SHA-256 is \(theirs)", request: name(of: request))
    }

    static func checksumHeaders(_ sha256: String) -> [(name: String, value: String)] {
        [("x-amz-checksum-sha256", base64(hex: sha256)), ("x-amz-sdk-checksum-algorithm", "SHA256")]
    }

    /// Base64 of bytes that are given as hexadecimal digits.
    static func base64(hex: String) -> String { Data(bytes(hex: hex)).base64EncodedString() }

    static func bytes(hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }
}

/// Text as XML has it.
enum XMLText {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
