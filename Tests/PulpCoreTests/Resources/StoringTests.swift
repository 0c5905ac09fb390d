import PulpTesting
import Testing

@testable import PulpCore

@Suite("Storing a resource")
struct StoringTests {
    @Test("refuses all that is wrong with its fields at once, whoever set them", arguments: DatabaseKind.allCases)
    func checks(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let nameless = NoteRepository.named("", retaining: 0)
            let error = await #expect(throws: ValidationError.self) { try await pulp.create(nameless) }
            #expect(error?.problems.compactMap(\.field) == ["name", "retain_repo_versions"])
            #expect(try await pulp.list(NoteRepository.self).isEmpty)

            let stored = try await pulp.notes()
            let changed = stored.with(NoteRepository.named("notes", retaining: -1))
            await #expect(throws: ValidationError.self) { try await pulp.update(changed) }
            #expect(try await pulp.get(stored.id).value.repository.retainRepoVersions == nil)
        }
    }

    @Test("under a name that is taken finds what is there, where that is asked for", arguments: DatabaseKind.allCases)
    func findOrCreate(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let first = try await pulp.findOrCreate(NoteRepository.named("r", retaining: 3))
            let another = NoteRepository.named("r", retaining: 5)
            #expect(try await pulp.findOrCreate(another).id == first.id)
            #expect(try await pulp.get(first.id).value.repository.retainRepoVersions == 3, "what is there stays as it is")
            await #expect(throws: ValidationError.self) { try await pulp.create(another) }
            await #expect(throws: PulpError.self) { try await pulp.findOrCreate(NotePublication()) }
        }
    }

    @Test(
        "of a kind whose field could not be a column is refused when the store is opened", arguments: ["order", "Name", "a b", "content"])
    func columnNames(name: String) {
        #expect(Plugin.isColumnName(name) == false)
        #expect(Plugin.isColumnName("\(name.lowercased().replacing(" ", with: "_"))_2"))
    }

    @Test("shows its key to nobody who prints or dumps it")
    func key() {
        let box = SecretBox(key: Array(repeating: 253, count: 32))
        var text = "\(box) \(String(reflecting: box))"
        dump(box, to: &text)
        #expect(!text.contains("253"))
    }
}

extension NoteRepository {
    fileprivate static func named(_ name: String, retaining versions: Int) -> Self {
        var repository = Self()
        repository.repository = RepositorySettings(name: name)
        repository.repository.retainRepoVersions = versions
        return repository
    }
}

extension Record {
    fileprivate func with(_ value: R) -> Self {
        var record = self
        record.value = value
        return record
    }
}
