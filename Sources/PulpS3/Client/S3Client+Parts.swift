internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import PulpCore

/// Uploads in parts.
extension S3Client {
    /// How many parts of one artifact are on their way at once.
    private static let width = 4

    private struct Part: Sendable {
        let number: Int
        let tag: String
        let sha256: String
    }

    /// Uploads an artifact in parts, each checked by the store, and completes it when all are there; it has its name then, and not
    /// before.
    ///
    /// On an error, and when canceled, the parts are removed.
    func upload(_ staged: any StagedArtifact, _ plan: PartPlan, as key: String) async throws {
        let begin = S3Request(
            method: "POST", key: key, query: [("uploads", "")],
            headers: [("x-amz-checksum-algorithm", "SHA256"), ("content-type", "application/octet-stream")])
        let answer = try await xml(begin, root: "InitiateMultipartUploadResult")
        guard let id = answer.text(of: "UploadId"), !id.isEmpty else {
            throw PulpError(.systemState, "\(name(of: begin)): the object store's answer names no upload")
        }
        do {
            try await complete(id, try await upload(staged, plan.parts, to: id, key), as: key, size: plan.size)
        } catch {
            // Whether canceled or not. What cannot be aborted now, the next sweep finds.
            await Task {
                do { try await abort(Upload(key: key, id: id, begun: time.now())) } catch {
                    logger.warning("an upload could not be aborted", metadata: ["key": "\(key)", "error": "\(error)"])
                }
            }.value
            throw error
        }
    }

    /// Gives an upload up; one that is not there any more is no error.
    func abort(_ upload: Upload) async throws {
        do {
            _ = try await collect(S3Request(method: "DELETE", key: upload.key, query: [("uploadId", upload.id)]))
        } catch let failure as S3Failure where failure.error.code == .notFound {
            return
        }
    }

    private func upload(_ staged: any StagedArtifact, _ ranges: [Range<Int64>], to id: String, _ key: String) async throws -> [Part] {
        try await withThrowingTaskGroup(of: Part.self) { group in
            var parts: [Part] = []
            for (index, range) in ranges.enumerated() {
                if index >= Self.width, let part = try await group.next() { parts.append(part) }
                group.addTask { try await self.upload(StagedPart(staged: staged, range: range), number: index + 1, to: id, key) }
            }
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.number < $1.number }
        }
    }

    private func upload(_ part: StagedPart, number: Int, to id: String, _ key: String) async throws -> Part {
        let sha256 = try await part.sha256()
        let request = S3Request(
            method: "PUT", key: key, query: [("partNumber", String(number)), ("uploadId", id)], headers: Self.checksumHeaders(sha256),
            body: .part(part, sha256: sha256))
        let headers = try await collect(request) { headers, _ in try self.compare(headers, sha256, request) }.headers
        guard let tag = headers.first(name: "etag") else {
            throw PulpError(.systemState, "\(name(of: request)): the object store gives no tag for part \(number)")
        }
        return Part(number: number, tag: tag, sha256: sha256)
    }

    private func complete(_ id: String, _ parts: [Part], as key: String, size: Int64) async throws {
        let list = parts.map { part in
            "<Part><ChecksumSHA256>\(Self.base64(hex: part.sha256))</ChecksumSHA256><ETag>\(XMLText.escaped(part.tag))</ETag>"
                + "<PartNumber>\(part.number)</PartNumber></Part>"
        }.joined()
        let body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list)</CompleteMultipartUpload>"
        let request = S3Request(
            method: "POST", key: key, query: [("uploadId", id)],
            headers: [("content-type", "application/xml"), ("x-amz-mp-object-size", String(size))], body: .bytes(ByteBuffer(string: body)))
        do {
            _ = try await collect(request) { headers, bytes in
                let answer = try XMLAnswer(bytes)
                // An error that comes after the head has the status 200.
                if answer.name == "Error" {
                    throw S3Failure(status: 500, headers: headers, body: bytes, request: self.name(of: request), now: self.time.now())
                }
                try self.compare(answer.text(of: "ChecksumSHA256"), parts, request)
            }
        } catch let failure as S3Failure where failure.code == "NoSuchUpload" {
            // An attempt whose answer was lost may have completed it.
            guard try await self.size(of: key) == size else { throw failure }
        }
    }

    /// Compares the checksum of checksums that the store says it has with ours.
    private func compare(_ theirs: String?, _ parts: [Part], _ request: S3Request) throws {
        let sums = parts.flatMap { Self.bytes(hex: $0.sha256) }
        let ours = Self.base64(hex: SHA256.hex(sums))
        guard let theirs, theirs.split(separator: "-").first.map(String.init) != ours else { return }
        throw S3Failure(corrupt: "the object store has other parts than were sent: their checksum is \(theirs)", request: name(of: request))
    }
}
