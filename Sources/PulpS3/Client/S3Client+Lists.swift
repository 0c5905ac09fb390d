internal import NIOCore
internal import PulpCore

/// What a bucket has.
extension S3Client {
    /// An object of a list.
    struct Object: Sendable, Hashable {
        let key: String
        let size: Int64
    }

    /// A page of objects in the order of their keys.
    /// - Parameters:
    ///   - token: what the page before said; nil for the first page.
    /// - Returns: the objects, and what to ask for the next page with; nil after the last.
    func list(prefix: String, token: String? = nil, limit: Int = 1000) async throws -> (objects: [Object], next: String?) {
        var query = [("list-type", "2"), ("prefix", prefix), ("max-keys", String(limit)), ("encoding-type", "url")]
        if let token { query.append(("continuation-token", token)) }
        let answer = try await xml(S3Request(method: "GET", query: query), root: "ListBucketResult")
        let objects = try answer.all("Contents").map { item in
            guard let key = item.text(of: "Key").flatMap(S3URI.decoded), let size = item.text(of: "Size").flatMap({ Int64($0) }) else {
                throw PulpError(.systemState, "the object store's list of \(configuration.bucket) has an object without a key or a size")
            }
            return Object(key: key, size: size)
        }
        guard answer.text(of: "IsTruncated") == "true" else { return (objects, nil) }
        guard let next = answer.text(of: "NextContinuationToken"), !next.isEmpty, next != token else {
            throw PulpError(.systemState, "the object store's list of \(configuration.bucket) goes on, and does not say where")
        }
        return (objects, next)
    }

    /// An upload in parts that was neither completed nor aborted.
    struct Upload: Sendable, Hashable {
        let key: String
        let id: String
        let begun: Timestamp
    }

    /// All uploads in parts below a prefix.
    func uploads(prefix: String) async throws -> [Upload] {
        var uploads: [Upload] = []
        var marker: (key: String, id: String)?
        while true {
            var query = [("uploads", ""), ("prefix", prefix), ("encoding-type", "url")]
            if let marker { query += [("key-marker", marker.key), ("upload-id-marker", marker.id)] }
            let answer = try await xml(S3Request(method: "GET", query: query), root: "ListMultipartUploadsResult")
            for item in answer.all("Upload") {
                guard let key = item.text(of: "Key").flatMap(S3URI.decoded), let id = item.text(of: "UploadId"),
                    let begun = item.text(of: "Initiated").flatMap(Timestamp.init(rfc3339:))
                else { throw PulpError(.systemState, "the object store's list of uploads to \(configuration.bucket) cannot be read") }
                // Not every store looks at the prefix.
                if key.hasPrefix(prefix) { uploads.append(Upload(key: key, id: id, begun: begun)) }
            }
            guard answer.text(of: "IsTruncated") == "true" else { return uploads }
            let next = (answer.text(of: "NextKeyMarker").flatMap(S3URI.decoded) ?? "", answer.text(of: "NextUploadIdMarker") ?? "")
            guard next != marker ?? ("", "") else {
                throw PulpError(.systemState, "the object store's list of uploads to \(configuration.bucket) does not end")
            }
            marker = next
        }
    }

    /// Sends a request whose answer is a document with this root.
    func xml(_ request: S3Request, root: String) async throws -> XMLAnswer {
        let answer = try XMLAnswer(try await collect(request).body)
        guard answer.name == root else {
            throw PulpError(.systemState, "\(name(of: request)): the object store's answer is no \(root) but \(answer.name)")
        }
        return answer
    }
}

extension Timestamp {
    /// Reads `2026-11-21T10:15:00.000Z`, whole seconds of it; nil for anything else.
    init?(rfc3339 text: String) {
        self.init(compact: String(text.filter { $0 != "-" && $0 != ":" }.prefix(15)) + "Z")
    }
}
