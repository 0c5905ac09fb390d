import PulpTesting
import Testing

@testable import PulpCore

@Suite("Base paths")
struct DistributionTests {
    @Test("No distribution stands above, at or below another", arguments: DatabaseKind.allCases)
    func overlap(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            _ = try await distribution("one", at: "a/b", in: pulp)
            for taken in ["a", "a/b", "a/b/c", "a/b/c/d", "a/b/\u{301}c"] {
                let error = await #expect(throws: ValidationError.self, "\(taken)") {
                    _ = try await distribution("two", at: taken, in: pulp)
                }
                #expect(error?.problems.first?.field == "base_path")
            }
            for free in ["a/bc", "a/c", "ab", "b"] { _ = try await distribution(free, at: free, in: pulp) }
        }
    }

    @Test("A path is free again once its distribution moved or is gone", arguments: DatabaseKind.allCases)
    func release(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            var moved = try await distribution("one", at: "a/b/c", in: pulp)
            let other = try await distribution("other", at: "a/d", in: pulp)
            moved.distribution.basePath = "x"
            try await pulp.update(moved)
            try await pulp.delete(other.id)
            _ = try await distribution("two", at: "a", in: pulp)
        }
    }

    @Test("Of two that claim overlapping paths at once exactly one wins", arguments: DatabaseKind.allCases)
    func race(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            for round in 0..<10 {
                let winners = await withTaskGroup(of: Int.self) { group in
                    for (index, path) in ["r\(round)/x", "r\(round)/x/y"].enumerated() {
                        group.addTask {
                            do { _ = try await distribution("d\(round)-\(index)", at: path, in: pulp) } catch { return 0 }
                            return 1
                        }
                    }
                    return await group.reduce(0, +)
                }
                #expect(winners == 1)
            }
        }
    }

    @Test("A base path is a plain relative path", arguments: ["", "/a", "a/", "a//b", "a/../b", ".", "a b", "a\u{0}b", "a?b", "a#b"])
    func malformed(path: String) async throws {
        var value = NoteDistribution()
        let error = #expect(throws: ValidationError.self) {
            try NoteDistribution.schema.apply(["name": "d", "base_path": .string(path)], to: &value, .create)
        }
        #expect(error?.problems.map(\.field) == ["base_path"])
    }
}

private func distribution(_ name: String, at path: String, in pulp: Pulp) async throws -> Record<NoteDistribution> {
    var value = NoteDistribution()
    value.distribution = DistributionSettings(name: name, basePath: path)
    return try await pulp.create(value)
}
