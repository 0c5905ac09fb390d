import PulpTesting
import Testing

@testable import PulpCore

@Suite("The arguments of tasks")
struct ArgumentTests {
    @Test("the database shows none of them", arguments: DatabaseKind.allCases)
    func sealed(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let task = try await shop.pulp.dispatch(Echo(text: "open sesame"))
            let stored = try await shop.database.read { db in
                try db.value("SELECT arguments FROM task WHERE id = \(task.key)", as: String.self)
            }
            #expect(stored?.hasPrefix("1:") == true && stored?.contains("sesame") == false)
            #expect(try await shop.withWorkers { try await task.value() } == "open sesame")
        }
    }

    @Test("those that were written in clear text are still read", arguments: DatabaseKind.allCases)
    func clear(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let task = try await shop.pulp.dispatch(Echo(text: "sealed"))
            let text = #"{"text": "in clear text", "resources": []}"#
            _ = try await shop.database.write { db in
                try db.execute("UPDATE task SET arguments = \(text) WHERE id = \(task.key)")
            }
            #expect(try await shop.withWorkers { try await task.value() } == "in clear text")
        }
    }

    @Test("a task whose arguments another key sealed fails, and says so", arguments: DatabaseKind.allCases)
    func anotherKey(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let task = try await shop.pulp.dispatch(Echo(text: "open sesame"))
            let text = try SecretBox(key: Array(repeating: 8, count: 32)).seal(arguments: Echo())
            _ = try await shop.database.write { db in
                try db.execute("UPDATE task SET arguments = \(text) WHERE id = \(task.key)")
            }
            let error = PulpError(.systemState, "a secret in the database does not open with this key file")
            await #expect(throws: error) { _ = try await shop.withWorkers { try await task.value() } }
        }
    }
}
