import Logging
import PulpTesting
import Testing

@testable import PulpCore

@Suite("The log of a worker")
struct LogTests {
    private func ends(in log: LogRecorder) -> [LogRecorder.Line] { log.lines(from: .info).filter { $0.message == "task ended" } }

    @Test("has one line for each task that ended, and nothing of its arguments", arguments: DatabaseKind.allCases)
    func completed(kind: DatabaseKind) async throws {
        let log = LogRecorder()
        try await Workshop.with(kind, log: log) { shop in
            _ = try await shop.pulp.run(Echo(text: "hidden"))
            await shop.engine.close()
            let line = try #require(ends(in: log).first)
            #expect(ends(in: log).count == 1 && line.level == .info)
            #expect(line.metadata["name"] == "test.echo" && line.metadata["state"] == "completed")
            let task = try #require(try await shop.engine.list().tasks.first)
            #expect(line.metadata["task"] == task.id.uuid)
            #expect(Set(line.metadata.keys) == ["name", "task", "state", "duration"])
            #expect(!"\(log.lines())".contains("hidden"))
        }
    }

    @Test("says why a task failed", arguments: DatabaseKind.allCases)
    func failed(kind: DatabaseKind) async throws {
        let log = LogRecorder()
        try await Workshop.with(kind, log: log) { shop in
            _ = await #expect(throws: PulpError.self) { try await shop.pulp.run(Failing(code: "PLP0004")) }
            await shop.engine.close()
            let metadata = try #require(ends(in: log).first).metadata
            #expect(metadata["state"] == "failed" && metadata["code"] == "PLP0004")
            #expect(metadata["error"] == "packages/a.txt has 3 bytes, not 4")
        }
    }
}
