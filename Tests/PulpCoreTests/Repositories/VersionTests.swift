import PulpTesting
import Testing

@testable import PulpCore

@Suite("A repository's versions")
struct VersionTests {
    @Test("A new repository has version 0, which is empty", arguments: DatabaseKind.allCases)
    func versionZero(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let latest = try await pulp.latestVersion(of: repository.id)
            #expect(latest.number == 0)
            #expect(try await pulp.texts(in: latest) == [])
            #expect(try await pulp.summary(of: latest).counts == [:])
        }
    }

    @Test("Old versions stay what they were", arguments: DatabaseKind.allCases)
    func immutability(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let first = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a", "1"), Note("b", "1")]) })
            let second = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a", "2")]) })
            #expect(try await pulp.texts(in: first) == ["a=1", "b=1"])
            #expect(try await pulp.texts(in: second) == ["a=2", "b=1"])
            let counts = try #require(try await pulp.summary(of: second).counts["note.note"])
            #expect((counts.added, counts.removed, counts.present) == (1, 1, 2))
        }
    }

    @Test("A draft that ends up equal makes no version, and its number is not lost", arguments: DatabaseKind.allCases)
    func noChange(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a")]) }
            let same = try await pulp.newVersion(of: repository.id) { draft in
                try await draft.removeAll()
                try await draft.add([Note("a")])
            }
            #expect(same == nil)
            let next = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("b")]) }
            #expect(next?.number == 2)
        }
    }

    @Test("Of units with one repository key the last added stays", arguments: DatabaseKind.allCases)
    func laterAdditionWins(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let version = try await pulp.newVersion(of: repository.id) { draft in
                try await draft.add([Note("a", "1"), Note("a", "2"), Note("b", "1")])
                try await draft.add([Note("b", "2")])
            }
            #expect(try await pulp.texts(in: try #require(version)) == ["a=2", "b=2"])
        }
    }

    @Test("Without overwriting, a unit that would take another's place is refused and nothing changes", arguments: DatabaseKind.allCases)
    func overwriteRefused(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let first = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a", "1")]) })
            let error = await #expect(throws: PulpError.self) {
                _ = try await pulp.newVersion(of: repository.id, overwrite: false) { try await $0.add([Note("a", "2")]) }
            }
            #expect(error?.code == .overwrite)
            #expect(error?.message.contains("\"a\"") == true)
            #expect(try await pulp.latestVersion(of: repository.id) == first)
            let same = try await pulp.newVersion(of: repository.id, overwrite: false) { try await $0.add([Note("a", "1")]) }
            #expect(same == nil, "adding the same unit again displaces nothing")
        }
    }

    @Test("A file's path cannot be a folder of another's", arguments: DatabaseKind.allCases, [1, 600])
    func pathOverlap(kind: DatabaseKind, count: Int) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let fill = try (0..<count).map { try Note("fill/\($0)") }
            for (held, added) in [("a", "a/b/c"), ("x/y/z", "x/y"), ("p-q", "p-q/r"), ("k", "k/\u{301}")] {
                _ = try await pulp.newVersion(of: repository.id) { draft in
                    try await draft.removeAll()
                    try await draft.addWithFiles([Note(held), Note(held + "-beside")])
                }
                let error = await #expect(throws: PulpError.self, "\(added) beside \(held)") {
                    _ = try await pulp.newVersion(of: repository.id) { try await $0.addWithFiles(fill + [Note(added)]) }
                }
                #expect(error?.message.contains(held.debugDescription) == true)
                #expect(error?.message.contains(added.debugDescription) == true)
                let latest = try await pulp.latestVersion(of: repository.id)
                #expect(try await pulp.texts(in: latest).count == 2)
            }
        }
    }

    @Test("A draft may begin with what another version holds", arguments: DatabaseKind.allCases)
    func baseVersion(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let first = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a", "1"), Note("b")]) })
            _ = try await pulp.newVersion(of: repository.id) { draft in
                try await draft.removeAll()
                try await draft.add([Note("a", "2"), Note("c")])
            }
            let third = try await pulp.newVersion(of: repository.id, basedOn: first) { try await $0.add([Note("d")]) }
            #expect(try await pulp.texts(in: try #require(third)) == ["a=1", "b=", "d="])
            let other = try await pulp.notes("other")
            let copy = try await pulp.newVersion(of: other.id, basedOn: first) { _ in }
            #expect(try await pulp.texts(in: try #require(copy)) == ["a=1", "b="])
        }
    }

    @Test("A draft that fails leaves nothing behind", arguments: DatabaseKind.allCases)
    func failure(kind: DatabaseKind) async throws {
        struct Interrupted: Error {}
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let first = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a"), Note("b")]) })
            await #expect(throws: Interrupted.self) {
                _ = try await pulp.newVersion(of: repository.id) { draft in
                    try await draft.removeAll()
                    try await draft.add([Note("c")])
                    throw Interrupted()
                }
            }
            #expect(try await pulp.texts(in: first) == ["a=", "b="])
            let rows = try await pulp.database.read { db in
                try db.value("SELECT COUNT(*) FROM repository_content WHERE removed < \(Int64.never) OR added > 1", as: Int.self)
            }
            #expect(rows == 0)
            #expect(try await pulp.versions(of: repository.id).count == 2)
        }
    }

    @Test("Units of a kind are all read, however many of another kind are among them", arguments: DatabaseKind.allCases)
    func twoKinds(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let version = try await pulp.newVersion(of: repository.id) { draft in
                try await draft.add([Note("a")])
                try await draft.add(
                    ["red", "green", "blue", "white", "black"].map { colour in
                        var sticker = Sticker()
                        sticker.colour = colour
                        return sticker
                    })
                try await draft.add([Note("b")])
            }
            // Read three at a time.
            #expect(try await pulp.texts(in: try #require(version)) == ["a=", "b="])
        }
    }

    @Test("A repository takes the kinds of content that its own kind names, and no other", arguments: DatabaseKind.allCases)
    func foreignKind(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let stray = Stray(name: "cat")
            let error = await #expect(throws: PulpError.self) {
                _ = try await pulp.newVersion(of: repository.id) { try await $0.add([stray]) }
            }
            #expect(error?.message.contains("note.stray") == true)
            #expect(error?.message.contains("notes") == true)
            #expect(try await pulp.latestVersion(of: repository.id).number == 0)
        }
    }

    @Test("A unit that its kind finds wrong is not made", arguments: DatabaseKind.allCases)
    func wrongUnit(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            let error = await #expect(throws: ValidationError.self) {
                _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Stray()]) }
            }
            #expect(error?.problems.map(\.field) == ["name"])
            #expect(try await pulp.unitCount(Stray.self, matching: ContentQuery()) == 0)
        }
    }

    @Test("Adding a unit again begins its protection from clean-ups anew", arguments: DatabaseKind.allCases)
    func touching(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a")]) }
            let note = try #require(try await pulp.units(Note.self).first)
            _ = try await pulp.newVersion(of: repository.id) { try await $0.removeAll() }
            _ = try await pulp.database.write { db in try db.execute("UPDATE content SET touched = \(Timestamp.now - .seconds(9_000_000))")
            }
            let version = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([note.id.cast()]) })
            // Nothing holds the unit any more once the versions that had it are gone.
            for number in [version.number, 1] { _ = try await pulp.run(DeleteVersion(number, of: repository.id)) }
            let result = try await pulp.run(OrphanCleanup(protectionTime: 60))
            #expect(result.content == 0)
            #expect(try await pulp.units(Note.self).map(\.id) == [note.id])
        }
    }

    @Test("The difference of two versions is what a set difference says", arguments: DatabaseKind.allCases)
    func diff(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            var random = SplitMix(seed: 7)
            let versions = try await randomHistory(of: repository, steps: 12, in: pulp, &random)
            for old in versions {
                for new in versions {
                    let (before, after) = (Set(try await pulp.texts(in: old)), Set(try await pulp.texts(in: new)))
                    let diff = try await pulp.diff(from: old, to: new)
                    #expect(diff.added.count == after.subtracting(before).count)
                    #expect(diff.removed.count == before.subtracting(after).count)
                    let query = ContentQuery(version: new, absentFrom: old)
                    let added = try await pulp.units(Note.self, matching: query).map { "\($0.value.path)=\($0.value.text)" }
                    #expect(Set(added) == after.subtracting(before))
                }
            }
        }
    }
}

/// Adds and removes at random; returns every version that came of it, version 0 included.
func randomHistory(
    of repository: Record<NoteRepository>, steps: Int, in pulp: Pulp, _ random: inout SplitMix
) async throws -> [RepositoryVersion] {
    for _ in 0..<steps {
        let notes = try (0..<Int.random(in: 0...4, using: &random)).map { _ in
            try Note(String("abcdef".randomElement(using: &random) ?? "a"), String(Int.random(in: 0...2, using: &random)))
        }
        let clears = Int.random(in: 0..<4, using: &random) == 0
        _ = try await pulp.newVersion(of: repository.id) { draft in
            if clears { try await draft.removeAll() }
            try await draft.add(notes)
        }
    }
    return try await pulp.versions(of: repository.id)
}

extension VersionDraft {
    /// Adds notes, each with a file at its path.
    func addWithFiles(_ notes: [Note]) async throws {
        try await pulp.database.write { db in
            let keys = try ContentTable<Note>().getOrCreate(notes, at: .now, in: db)
            _ = try ContentFiles.getOrCreate(
                zip(keys, notes).map { ContentFile(content: $0, relativePath: $1.path, artifact: nil) }, in: db)
            try add(keys: keys, in: db)
        }
    }
}
