import NIOCore
import PulpTesting

@testable import PulpCore

/// Brings a repository of notes in line with what the arguments say that a remote has.
struct SyncNotes: TaskDefinition {
    static let name = "note.synchronize"

    struct Declared: Codable, Sendable {
        var path: String
        var url: String
        var digests: [DigestAlgorithm: String] = [:]
    }

    /// Where the task waits at its gate.
    enum Stage: String, Codable, CaseIterable, Sendable {
        /// The first unit is declared, the second not yet.
        case betweenUnits
        /// Everything is declared, and what came before the last batch is saved.
        case beforeSeal
        /// The version is sealed, and its publication half written.
        case whilePublishing
    }

    var repository: ID<NoteRepository>
    var remote: ID<NoteRemote>
    var declared: [Declared]
    var gate: String?
    var stage: Stage?
    var locks: Locks { .exclusive(repository) + .shared(remote) }

    func run(in context: TaskContext) async throws -> RepositoryVersion? {
        let (repository, remote) = (try await context.pulp.get(repository), try await context.pulp.get(remote))
        let version = try await context.synchronize(repository, with: Units(task: self), from: remote, mirror: false)
        guard let version, stage == .whilePublishing else { return version }
        _ = try await context.pulp.publish(NotePublication(), of: version) { writer in
            let staged = try await writer.stage()
            writer.add(staged, at: try RelativePath("INDEX"))
            try await staged.write(ByteBuffer(repeating: 1, count: 100_000))
            try await pass(.whilePublishing)
        }
        return version
    }

    fileprivate func pass(_ stage: Stage) async throws {
        if stage == self.stage, let gate { try await Gate.named(gate).pass() }
    }

    fileprivate struct Units: AsyncSequence, Sendable {
        let task: SyncNotes
        func makeAsyncIterator() -> Iterator { Iterator(task: task) }

        struct Iterator: AsyncIteratorProtocol {
            let task: SyncNotes
            var position = 0

            mutating func next() async throws -> DeclaredUnit<Note>? {
                defer { position += 1 }
                guard position < task.declared.count else {
                    try await task.pass(.beforeSeal)
                    return nil
                }
                if position == 1 { try await task.pass(.betweenUnits) }
                let declared = task.declared[position]
                let note = try Note(declared.path)
                let file = DeclaredFile(
                    url: declared.url, relativePath: note.path, digests: try Digests(claimed: declared.digests))
                return DeclaredUnit(note, files: [file])
            }
        }
    }
}
