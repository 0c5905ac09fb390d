import PulpTesting
import Testing

@testable import PulpCore

@Suite("Deleting versions")
struct VersionDeletionTests {
    @Test("Whatever is deleted, every other version holds what it held", arguments: DatabaseKind.allCases, 1...4)
    func othersStay(kind: DatabaseKind, seed: Int) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            var random = SplitMix(seed: UInt64(seed))
            let repository = try await pulp.notes()
            var versions = try await randomHistory(of: repository, steps: 10, in: pulp, &random)
            var texts: [Int: [String]] = [:]
            for version in versions { texts[version.number] = try await pulp.texts(in: version) }
            while versions.count > 1 {
                let victim = versions.remove(at: Int.random(in: 0..<versions.count, using: &random))
                _ = try await pulp.run(DeleteVersion(victim.number, of: repository.id))
                var before: Set<String> = []
                for version in versions {
                    let now = try await pulp.texts(in: version)
                    #expect(now == texts[version.number], "version \(version.number) after the end of \(victim.number)")
                    let counts = try await pulp.summary(of: version).counts["note.note"]
                    #expect(counts?.present ?? 0 == now.count)
                    if version != versions.first {
                        #expect(counts?.added ?? 0 == Set(now).subtracting(before).count)
                        #expect(counts?.removed ?? 0 == before.subtracting(now).count)
                    }
                    before = Set(now)
                }
            }
        }
    }

    @Test("Numbers are not used again", arguments: DatabaseKind.allCases)
    func numbers(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a")]) }
            _ = try await pulp.run(DeleteVersion(1, of: repository.id))
            let next = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("b")]) }
            #expect(next?.number == 2)
            #expect(try await pulp.texts(in: try #require(next)) == ["b="])
        }
    }

    @Test("A repository's only version, a distributed one and one that is not there are refused", arguments: DatabaseKind.allCases)
    func refusals(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes()
            func code(deleting number: Int) async -> PulpError.Code? {
                do { _ = try await pulp.run(DeleteVersion(number, of: repository.id)) } catch { return (error as? PulpError)?.code }
                return nil
            }
            #expect(await code(deleting: 0) == .versionDeletion)
            #expect(await code(deleting: 7) == .notFound)
            let version = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a")]) })
            var distribution = NoteDistribution()
            distribution.distribution = DistributionSettings(name: "d", basePath: "d")
            distribution.distribution.repositoryVersion = version.id
            _ = try await pulp.create(distribution)
            #expect(await code(deleting: 1) == .protected)
            #expect(await code(deleting: 0) == nil)
        }
    }

    @Test("A repository keeps as many versions as it says", arguments: DatabaseKind.allCases)
    func retention(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes(retaining: 2)
            for number in 1...5 { _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("n\(number)")]) } }
            let versions = try await pulp.versions(of: repository.id)
            #expect(versions.map(\.number) == [4, 5])
            #expect(try await pulp.texts(in: versions[0]) == ["n1=", "n2=", "n3=", "n4="])
        }
    }

    /// What protects version 1 from retention.
    enum Protection: CaseIterable { case distributed, distributedPublication, newestPublication, checkpoint }

    @Test(
        "Retention keeps a version that clients are served, until they no longer are", arguments: DatabaseKind.allCases, Protection.allCases
    )
    func protected(kind: DatabaseKind, protection: Protection) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes(retaining: 1)
            func add(_ text: String) async throws -> RepositoryVersion {
                try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("n", text)]) })
            }
            let first = try await add("1")
            var publication = NotePublication()
            publication.publication.checkpoint = protection == .checkpoint
            var distribution = NoteDistribution()
            distribution.distribution = DistributionSettings(name: "d", basePath: "d")
            switch protection {
            case .distributed: distribution.distribution.repositoryVersion = first.id
            case .distributedPublication:
                distribution.distribution.publication = try await pulp.publish(publication, of: first) { _ in }.id.cast()
            case .newestPublication, .checkpoint:
                _ = try await pulp.publish(publication, of: first) { _ in }
                distribution.distribution.repository = repository.id.cast()
                distribution.distribution.checkpoint = protection == .checkpoint
            }
            let distributed = try await pulp.create(distribution)
            for text in ["2", "3", "4", "5"] {
                let version = try await add(text)
                // A newer publication that is no checkpoint takes nothing from the checkpoint.
                if protection == .checkpoint, text == "2" { _ = try await pulp.publish(NotePublication(), of: version) { _ in } }
            }
            let numbers = try await pulp.versions(of: repository.id).map(\.number)
            #expect(numbers.first == 1 && numbers.last == 5 && !numbers.contains(3), "\(numbers)")
            #expect(try await pulp.texts(in: first) == ["n=1"])
            try await pulp.delete(distributed.id)
            _ = try await add("6")
            #expect(try await pulp.versions(of: repository.id).map(\.number) == [6])
            #expect(try await pulp.integrityCheck.violations() == [])
        }
    }

    @Test("Retention keeps as few versions as it says when a publication of one is not served", arguments: DatabaseKind.allCases)
    func unserved(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes(retaining: 1)
            let first = try #require(try await pulp.newVersion(of: repository.id) { try await $0.add([Note("a")]) })
            _ = try await pulp.publish(NotePublication(), of: first) { _ in }
            _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("b")]) }
            #expect(try await pulp.versions(of: repository.id).map(\.number) == [2])
            #expect(try await pulp.list(NotePublication.self).isEmpty)
        }
    }

    @Test("Retention keeps the newest, and what is protected besides")
    func surplus() {
        #expect(VersionRetention.surplus(of: [0, 1, 2, 3], keeping: 2, protected: []) == [0, 1])
        #expect(VersionRetention.surplus(of: [0, 1, 2, 3], keeping: 1, protected: [1]) == [0, 2])
        #expect(VersionRetention.surplus(of: [5], keeping: 1, protected: []) == [])
        #expect(VersionRetention.surplus(of: [1, 2], keeping: 1, protected: [1, 2]) == [])
    }
}
