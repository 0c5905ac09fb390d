internal import NIOCore
internal import PulpCore

/// A request to a bucket, before it is signed.
struct S3Request: Sendable {
    /// What is sent.
    enum Body: Sendable {
        case bytes(ByteBuffer)
        /// A part of a staged artifact, read as it is sent, and again for each attempt; its SHA-256 is known.
        case part(StagedPart, sha256: String)

        var sha256: String {
            switch self {
            case .bytes(let bytes): SHA256.hex(bytes.readableBytesView)
            case .part(_, let sha256): sha256
            }
        }
    }

    var method: String
    /// Nil for the bucket itself.
    var key: String?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: Body?
    /// When it is signed; nil for the moment in which it is sent.
    var date: Timestamp?
}

/// A part of a staged artifact, in chunks.
struct StagedPart: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let staged: any StagedArtifact
    let range: Range<Int64>

    func makeAsyncIterator() -> Iterator { Iterator(staged: staged, rest: range) }

    struct Iterator: AsyncIteratorProtocol {
        let staged: any StagedArtifact
        var rest: Range<Int64>

        mutating func next() async throws -> ByteBuffer? {
            if rest.isEmpty { return nil }
            let chunk = try await staged.read(rest)
            guard chunk.readableBytes > 0 else { throw PulpError(.internal, "a staged artifact ends before its end") }
            rest = rest.lowerBound + Int64(chunk.readableBytes)..<rest.upperBound
            return chunk
        }
    }

    /// The digest of the part's bytes.
    func sha256() async throws -> String {
        let hasher = DigestHasher([.sha256])
        for try await chunk in self { chunk.withUnsafeReadableBytes { hasher.update($0) } }
        return hasher.finish()[.sha256] ?? ""
    }
}
