import PulpTesting
import Testing

@testable import PulpCore

@Suite("Modifications that come at once")
struct ModifyRepositoryTests {
    /// A repository that holds the notes `a` and `b`, and the ids of notes that it may be given or rid of.
    private func withNotes(
        _ kind: DatabaseKind, _ body: (Pulp, Record<NoteRepository>, RepositoryVersion, [String: ID<Content>]) async throws -> Void
    ) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (repository, shelf) = (try await pulp.notes(), try await pulp.notes("shelf"))
            let all = try await pulp.newVersion(of: shelf.id) { draft in
                try await draft.add(["a", "b", "c", "d"].map { try Note($0) })
            }
            var ids: [String: ID<Content>] = [:]
            for note in try await pulp.units(Note.self, matching: ContentQuery(version: all)) {
                ids[note.path.description] = note.id.cast()
            }
            let base = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a"), Note("b")]) }
            try await body(pulp, repository, try #require(base), ids)
            #expect(try await pulp.integrityCheck.violations() == [])
        }
    }

    @Test("From one base version, each makes a version of its own: the base and its own change", arguments: DatabaseKind.allCases)
    func sameBase(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, repository, base, ids in
            let (a, c, d) = (try #require(ids["a"]), try #require(ids["c"]), try #require(ids["d"]))
            async let one = pulp.run(ModifyRepository(repository.id, add: [c], base: base.id))
            async let two = pulp.run(ModifyRepository(repository.id, add: [d], remove: .units([a]), base: base.id))
            let (first, second) = (try #require(try await one), try #require(try await two))
            #expect(Set([first.number, second.number]) == [2, 3])
            #expect(try await pulp.texts(in: first) == ["a=", "b=", "c="])
            #expect(try await pulp.texts(in: second) == ["b=", "d="])
            #expect(try await pulp.texts(in: base) == ["a=", "b="])
        }
    }

    @Test("Without a base version, the later one builds on the earlier one", arguments: DatabaseKind.allCases)
    func latest(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, repository, _, ids in
            let (a, c, d) = (try #require(ids["a"]), try #require(ids["c"]), try #require(ids["d"]))
            async let one = pulp.run(ModifyRepository(repository.id, add: [c]))
            async let two = pulp.run(ModifyRepository(repository.id, add: [d], remove: .units([a])))
            let (first, second) = (try #require(try await one), try #require(try await two))
            #expect(Set([first.number, second.number]) == [2, 3])
            let latest = try await pulp.latestVersion(of: repository.id)
            #expect(try await pulp.texts(in: latest) == ["b=", "c=", "d="])
        }
    }

    @Test("Many, from many places, are all there in the end, one version each", arguments: DatabaseKind.allCases)
    func many(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, repository, base, ids in
            let (c, d) = (try #require(ids["c"]), try #require(ids["d"]))
            let numbers = try await withThrowingTaskGroup(of: Int?.self) { group in
                for round in 0..<10 {
                    // Each differs from its predecessor, whichever that is: they alternate between adding and removing.
                    let task = ModifyRepository(
                        repository.id, add: round.isMultiple(of: 2) ? [c] : [d], remove: .units(round.isMultiple(of: 2) ? [d] : [c]))
                    group.addTask { try await pulp.run(task)?.number }
                }
                return try await group.reduce(into: [Int]()) { numbers, number in if let number { numbers.append(number) } }
            }
            #expect(numbers.sorted() == Array(2..<2 + numbers.count))
            #expect(try await pulp.latestVersion(of: repository.id).number == 1 + numbers.count)
        }
    }
}
