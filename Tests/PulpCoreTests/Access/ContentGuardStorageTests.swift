import PulpTesting
import Testing

@testable import PulpCore

@Suite("Content guards in the database")
struct ContentGuardStorageTests {
    @Test("come back as they were stored, by their names and in their order", arguments: DatabaseKind.allCases)
    func stored(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X", value: "v", jqFilter: ".a"))
            let rbac = try await pulp.create(RBACContentGuard(name: "r"))
            let redirect = try await pulp.create(ContentRedirectContentGuard(name: "c"))
            let parts: [ID<ContentGuard>] = [redirect.id.cast(), header.id.cast(), rbac.id.cast()]
            let composite = try await pulp.create(CompositeContentGuard(name: "all", guards: parts))
            #expect(composite.id.prn.hasPrefix("prn:core.compositecontentguard:"))
            #expect(try await pulp.find(CompositeContentGuard.self, named: "all")?.guards == parts)
            let found = try await pulp.get(header.id).value
            #expect(found.headerName == "X" && found.headerValue == "v" && found.jqFilter == ".a" && found.contentGuard.name == "h")
            await #expect(throws: ValidationError.self, "names are unique among all kinds") {
                try await pulp.create(RBACContentGuard(name: "h"))
            }
            let models = pulp.kinds.map { $0.modelName }
            #expect(models.contains("core.rbaccontentguard") && models.contains("core.headercontentguard"))
        }
    }

    @Test("A composite has parts that are there, and is no part of itself", arguments: DatabaseKind.allCases)
    func composites(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            func refused(_ body: () async throws -> Void) async {
                let error = await #expect(throws: ValidationError.self) { try await body() }
                #expect(error?.problems.map(\.field) == ["guards"])
            }
            let missing = ID<ContentGuard>(prn: "prn:core.rbaccontentguard:00000000-0000-7000-8000-000000000000")
            await refused { try await pulp.create(CompositeContentGuard(name: "a", guards: [missing])) }
            #expect(try await pulp.list(CompositeContentGuard.self).isEmpty)
            var first = try await pulp.create(CompositeContentGuard(name: "a", guards: []))
            let second = try await pulp.create(CompositeContentGuard(name: "b", guards: [first.id.cast(), first.id.cast()]))
            let third = try await pulp.create(CompositeContentGuard(name: "c", guards: [second.id.cast()]))
            for part in [first, second, third] {
                first.guards = [part.id.cast()]
                await refused { [first] in try await pulp.update(first) }
            }
            #expect(try await pulp.get(first.id).guards.isEmpty)
            var value = CompositeContentGuard()
            let error = #expect(throws: ValidationError.self) {
                try CompositeContentGuard.schema.apply(["name": "d", "guards": "prn:a:b"], to: &value, .create)
            }
            #expect(error?.problems.map(\.message) == ["Expected a list of items but got type \"str\"."])
        }
    }

    @Test("Of two composites that take each other for a part at once, one at most is stored", arguments: DatabaseKind.allCases)
    func race(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            for round in 0..<10 {
                var pair: [Record<CompositeContentGuard>] = []
                for name in ["a", "b"] { pair.append(try await pulp.create(CompositeContentGuard(name: "\(name)\(round)", guards: []))) }
                pair[0].guards = [pair[1].id.cast()]
                pair[1].guards = [pair[0].id.cast()]
                let stored = await withTaskGroup(of: Int.self) { group in
                    for record in pair {
                        group.addTask { do { return try await pulp.update(record) ? 1 : 0 } catch { return 0 } }
                    }
                    return await group.reduce(0, +)
                }
                #expect(stored == 1)
            }
        }
    }

    @Test("What is in use is not deleted, and what relies on it is named", arguments: DatabaseKind.allCases)
    func protected(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            func refused(_ id: ID<HeaderContentGuard>, _ message: String) async {
                let error = await #expect(throws: PulpError.self) { try await pulp.delete(id) }
                #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
            }
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X", value: "v"))
            var distribution = NoteDistribution()
            distribution.distribution = DistributionSettings(name: "secret notes", basePath: "notes")
            distribution.distribution.contentGuard = header.id.cast()
            var stored = try await pulp.create(distribution)
            #expect(try await pulp.get(stored.id).distribution.contentGuard == header.id.cast())
            var composite = try await pulp.create(CompositeContentGuard(name: "both", guards: [header.id.cast()]))
            await refused(header.id, "the content guard h guards the distribution secret notes")
            stored.distribution.contentGuard = composite.id.cast()
            try await pulp.update(stored)
            await refused(header.id, "the content guard h is part of the content guard both")
            let error = await #expect(throws: DatabaseError.self, "not even by who knows no better") {
                _ = try await pulp.database.write { db in try db.execute("DELETE FROM content_guard WHERE id = \(header.key)") }
            }
            #expect(error?.code == .foreignKeyViolation)
            composite.guards = []
            try await pulp.update(composite)
            try await pulp.delete(header.id)
            try await pulp.delete(stored.id)
            try await pulp.delete(composite.id)
            var another = NoteDistribution()
            another.distribution = DistributionSettings(name: "d", basePath: "d")
            another.distribution.contentGuard = header.id.cast()
            let dangling = another
            let missing = await #expect(throws: ValidationError.self) { try await pulp.create(dangling) }
            #expect(missing?.problems.map(\.field) == ["content_guard"])
        }
    }
}
