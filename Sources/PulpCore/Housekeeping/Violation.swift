/// Something in the store that must not be.
public enum Violation: Sendable, Hashable, CustomStringConvertible {
    /// An artifact's bytes are gone.
    case artifactWithoutBlob(SHA256Digest)
    case blobOfWrongSize(SHA256Digest, expected: Int64, found: Int64)
    /// An artifact's bytes have another digest. Found only when all bytes are read.
    case blobOfWrongDigest(SHA256Digest)
    /// Bytes that no row speaks of. The next orphan cleanup removes them.
    case blobWithoutArtifact(SHA256Digest)
    /// An unfinished file of a process that is gone. The next orphan cleanup removes it.
    case abandonedFile(path: String)
    /// A chunk of an upload has lost its bytes, or some of them.
    case damagedChunk(ID<Upload>, offset: Int64, expected: Int64, found: Int64?)
    /// A chunk of an upload that has ended. The next orphan cleanup removes it.
    case chunkWithoutUpload(ChunkName)
    case contentWithoutFields(ID<Content>, type: String)
    /// A file that is not here, and that no remote is known to have.
    case fileWithoutSource(ID<Content>, path: String)
    /// Two units that a version must not have both.
    case duplicateRepositoryKey(ID<Repository>, type: String, key: String, version: Int)
    case overlappingMembership(ID<Repository>, ID<Content>, version: Int)
    case emptyMembership(ID<Repository>, ID<Content>, version: Int)
    /// Two files of a version with one path, or one where the other needs a folder.
    case pathConflict(ID<Repository>, path: String, other: String, version: Int)
    case wrongCount(ID<RepositoryVersion>, type: String, stored: Counts, actual: Counts)
    /// A version that nobody is making any more.
    case incompleteVersion(ID<RepositoryVersion>)
    /// A publication that nobody is making any more.
    case incompletePublication(ID<Publication>)
    case nextVersionTaken(ID<Repository>, next: Int, latest: Int)
    /// The tree of base paths has not what the distributions say.
    case basePath(path: String, problem: String)
    case locksOfFinishedTask(task: String)
    case taskOfDeadWorker(task: String, worker: String?)

    /// Whether it is what a killed process leaves: nothing is lost, nobody is served wrongly, and the next clean-up removes it.
    public var isDebris: Bool {
        switch self {
        case .blobWithoutArtifact, .abandonedFile, .chunkWithoutUpload: true
        default: false
        }
    }

    /// How many units of a type a version adds, removes and holds.
    public struct Counts: Sendable, Hashable, CustomStringConvertible {
        /// Units that the predecessor does not hold.
        public let added: Int
        /// Units that the predecessor holds and this version does not.
        public let removed: Int
        /// Units that the version holds.
        public let present: Int

        /// The three numbers in words.
        public var description: String { "\(added) added, \(removed) removed, \(present) present" }
    }

    /// What is wrong, for the report; it names the thing.
    public var description: String {
        switch self {
        case .artifactWithoutBlob(let digest): "the artifact \(digest) has no bytes in the store"
        case .blobOfWrongSize(let digest, let expected, let found):
            "the artifact \(digest) has \(found) bytes in the store, not \(expected)"
        case .blobOfWrongDigest(let digest): "the bytes of the artifact \(digest) are damaged: they have another digest"
        case .blobWithoutArtifact(let digest): "the store has the bytes \(digest), which no artifact speaks of"
        case .abandonedFile(let path): "the unfinished file \(path) belongs to no running process"
        case .damagedChunk(let id, let offset, let expected, let found):
            "the chunk at byte \(offset) of \(id) "
                + (found.map { "has \($0) bytes in the store, not \(expected)" } ?? "is not in the store")
        case .chunkWithoutUpload(let chunk): "the store has the chunk \(chunk), whose upload has ended"
        case .contentWithoutFields(let id, let type): "the unit \(id) has no row in the table of its type \(type)"
        case .fileWithoutSource(let id, let path):
            "the file \(path.debugDescription) of \(id) is not here, and no remote is known to have it"
        case .duplicateRepositoryKey(let repository, let type, let key, let version):
            "version \(version) of \(repository) has several units of type \(type) with the key \(key.debugDescription)"
        case .overlappingMembership(let repository, let content, let version):
            "version \(version) of \(repository) has the unit \(content) twice"
        case .emptyMembership(let repository, let content, let version):
            "\(repository) has the unit \(content) from version \(version) on, and not even there"
        case .pathConflict(let repository, let path, let other, let version):
            path.utf8.elementsEqual(other.utf8)
                ? "version \(version) of \(repository) has two files at the path \(path.debugDescription)"
                : "version \(version) of \(repository) has the file \(other.debugDescription) below the file \(path.debugDescription)"
        case .wrongCount(let version, let type, let stored, let actual): "\(version) counts for \(type): \(stored); in truth \(actual)"
        case .incompleteVersion(let id): "\(id) is not complete, and no task is making it"
        case .incompletePublication(let id): "\(id) is not complete, and no task is making it"
        case .nextVersionTaken(let repository, let next, let latest):
            "the next version of \(repository) would be \(next), but it has version \(latest)"
        case .basePath(let path, let problem): "the base path \(path.debugDescription) \(problem)"
        case .locksOfFinishedTask(let task): "the finished task \(task) still holds locks or waits for some"
        case .taskOfDeadWorker(let task, let worker):
            "the task \(task) is running, but \(worker.map { "its worker \($0) is dead" } ?? "has no worker")"
        }
    }
}
