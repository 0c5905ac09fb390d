public import NIOCore

/// Where the chunks of unfinished uploads lie, beside the artifacts of a store and reachable wherever these are.
///
/// A name is given once, so what is under a name never changes. Which chunks count, the database says.
public protocol ChunkStore: Sendable {
    /// Gives the bytes of a finished staged artifact a name; they survive a power cut then.
    ///
    /// On an error nothing has the name, or all of the bytes have it.
    /// - Precondition: the artifact store that these chunks belong to staged it, and it was neither committed nor put. It is used up.
    func put(_ staged: any StagedArtifact, as chunk: ChunkName) async throws

    /// The size of a chunk in bytes; nil when it is not there.
    func size(of chunk: ChunkName) async throws -> Int64?

    /// Reads a chunk from its beginning, in pieces of at most 256 KiB.
    /// - Throws: ``PulpError`` with `notFound` when it is not there; the stream throws `sizeMismatch` when it ends before `size` bytes.
    func read(_ chunk: ChunkName, size: Int64) async throws -> AsyncThrowingStream<ByteBuffer, any Error>

    /// Removes chunks. Those that are not there are no error.
    func delete(_ chunks: [ChunkName]) async throws

    /// Removes all chunks of an upload, also those that nothing speaks of.
    func delete(upload uuid: String) async throws

    /// Calls a body with every chunk that is there, in no order.
    func forEach(_ body: (ChunkName) async throws -> Void) async throws
}

/// The name of a chunk: the upload's UUID, and one of its own.
public struct ChunkName: Sendable, Hashable, CustomStringConvertible {
    /// The UUID of the upload.
    public let upload: String
    /// The UUID of the chunk.
    public let uuid: String

    /// - Precondition: both are UUIDs; nothing checks them.
    public init(upload: String, uuid: String) { (self.upload, self.uuid) = (upload, uuid) }

    /// A name for a new chunk of an upload.
    init(new upload: ID<Upload>) { self.init(upload: upload.uuid, uuid: UUIDv7.make()) }

    /// Reads `<uuid>/<uuid>`; nil for anything else.
    public init?(path: some StringProtocol) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 2, parts.allSatisfy(Self.isUUID) else { return nil }
        self.init(upload: parts[0], uuid: parts[1])
    }

    /// The path below the folder of uploads: `<uuid>/<uuid>`.
    public var description: String { "\(upload)/\(uuid)" }

    private static func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36
            && text.utf8.enumerated().allSatisfy { index, byte in
                switch index {
                case 8, 13, 18, 23: byte == UInt8(ascii: "-")
                default: (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                }
            }
    }
}
