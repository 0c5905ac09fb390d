import Foundation
import NIOCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpCore

/// The program is killed, as by a power cut that loses no written bytes; then it runs again.
@Suite("Killed in the middle", .serialized, .timeLimit(.minutes(15)))
struct CrashTests {
    /// How far a sync gets before it is killed.
    enum Stage: CaseIterable {
        case listingHalf, fileHalf, secondBatch
    }

    @Test(
        "of a sync, pulpctl goes on with the next one, and the version before is there all the time", arguments: DatabaseKind.allCases,
        Stage.allCases)
    func sync(kind: DatabaseKind, stage: Stage) async throws {
        try await Program.with(kind) { pulpctl in
            try await withFakeRemote { remote in
                let old = ["old.txt": "old"]
                remote.serve(old)
                let words = ["file", "mirror", remote.url, "--at", "m"]
                #expect(try await pulpctl.run(words).status == 0)

                let large = String(repeating: "a large file ", count: 10_000)
                var files = ["large": large]
                for number in 0..<(stage == .secondBatch ? 1010 : 20) { files["f\(1000 + number)"] = "\(number % 20)" }
                let manifest = remote.serve(files)
                let gate = FakeGate()
                switch stage {
                case .listingHalf: remote.answer("/PULP_MANIFEST", with: .file(manifest).ending(.held(after: 100, gate)), .file(manifest))
                case .fileHalf, .secondBatch: remote.answer("/large", with: .file(large).ending(.held(after: 80_000, gate)), .file(large))
                }
                let run = try await pulpctl.run(words, signal: SIGKILL) {
                    await gate.reached()
                    if stage == .secondBatch { try await pulpctl.until("SELECT COUNT(*) >= 1000 FROM repository_content") }
                }
                gate.open()
                #expect(run.status == SIGKILL)
                #expect(try await pulpctl.served("m") == old)

                let next = try await pulpctl.run(words)
                #expect(next.status == 0, "\(next.errors)")
                #expect(next.lines.first?.hasPrefix("version 2: \(files.count) added, 1 removed") == true, "\(next.output)")
                #expect(try await pulpctl.served("m") == files)
                try await pulpctl.expectOrder(failed: 1)
            }
        }
    }

    @Test("of the moment between a sync's version and its publication, the next sync publishes it", arguments: [true, false])
    func betweenVersionAndPublication(mirrors: Bool) async throws {
        // Here PostgreSQL alone can hold a program back: at a table that somebody else has locked.
        try await Program.with(.postgreSQL) { pulpctl in
            try await pulpctl.serve(["a": "one"])
            for words in [
                ["remote", "create", "--name", "r", "--url", "file://\(pulpctl.upstream)/PULP_MANIFEST"],
                ["repository", "create", "--name", "r", "--remote", "r"] + (mirrors ? [] : ["--autopublish"]),
                ["distribution", "create", "--name", "r", "--base-path", "r", "--repository", "r"],
            ] {
                let run = try await pulpctl.run(["file"] + words)
                #expect(run.status == 0, "\(run.errors)")
            }
            let words = ["file", "repository", "sync", "--repository", "r", mirrors ? "--mirror" : "--no-mirror"]
            #expect(try await pulpctl.run(words).status == 0)
            try await pulpctl.serve(["a": "two", "b": "three"])
            try await pulpctl.holding("LOCK TABLE published_file IN EXCLUSIVE MODE") {
                _ = try await pulpctl.run(words, signal: SIGKILL) {
                    try await pulpctl.until("SELECT COUNT(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'published_file'::regclass")
                }
            }
            #expect(try await pulpctl.served("r") == ["a": "one"])
            let next = try await pulpctl.run(words)
            #expect(next.output == "r: nothing changed, version 2 stays\n")
            #expect(try await pulpctl.served("r") == ["a": "two", "b": "three"])
            try await pulpctl.expectOrder(failed: 1)
        }
    }

    @Test(
        "of publishing, pulpctl publishes the next time; what was published before is served all the time", arguments: DatabaseKind.allCases
    )
    func publishing(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            let files = ["a": "one", "b/c": "two"]
            try await pulpctl.serve(files)
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            let words = ["file", "publication", "create", "--repository", "m"]
            let isPublishing: SQL = "SELECT COUNT(*) = 1 FROM task WHERE name LIKE '%publish' AND state "
            for (round, moment) in [
                "SELECT COUNT(*) > 0 FROM worker", isPublishing + "= 'waiting'", isPublishing + "= 'running'",
                "SELECT COUNT(*) = 5 FROM publication", isPublishing + "= 'completed'",
            ].enumerated() {
                try await pulpctl.forgetTasks()
                _ = try await pulpctl.run(words, signal: SIGKILL) { try await pulpctl.until(moment, orEndOf: "publish") }
                #expect(try await pulpctl.served("m") == files, "killed at moment \(round)")
                let next = try await pulpctl.run(words)
                #expect(next.status == 0, "\(next.errors)")
                #expect(try await pulpctl.served("m") == files)
                try await pulpctl.expectOrder()
            }
        }
    }

    @Test("of an orphan cleanup, pulpctl cleans up the rest the next time; what is used stays", arguments: DatabaseKind.allCases)
    func cleanup(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            let words = ["orphan", "cleanup", "--protection-time", "0"]
            let isCleaning: SQL = "SELECT COUNT(*) = 1 FROM task WHERE name LIKE '%orphan_cleanup' AND state "
            for (round, moment) in [
                isCleaning + "= 'running'", "SELECT COUNT(*) = 1 FROM content", "SELECT COUNT(*) <= 2 FROM artifact",
                isCleaning + "= 'completed'",
            ].enumerated() {
                let files = try await pulpctl.makeOrphans(round)
                try await pulpctl.forgetTasks()
                _ = try await pulpctl.run(words, signal: SIGKILL) { try await pulpctl.until(moment, orEndOf: "orphan_cleanup") }
                #expect(try await pulpctl.served("m") == files, "killed at moment \(round)")
                let next = try await pulpctl.run(words)
                #expect(next.status == 0, "\(next.errors)")
                #expect(try await pulpctl.served("m") == files)
                try await pulpctl.expectOrder()
            }
        }
    }

    @Test("of an orphan cleanup, between rows and their bytes, the next one removes the bytes", arguments: DatabaseKind.allCases)
    func cleanupBetweenRowsAndBytes(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            let files = try await pulpctl.makeOrphans(0)
            let words = ["orphan", "cleanup", "--protection-time", "0"]
            // Whoever is between its bytes and its rows holds back the deletion of bytes.
            let store = try LocalArtifactStore(mediaRoot: pulpctl.store + "/media")
            let staged = try await store.stage([])
            try await staged.write(ByteBuffer(string: "three"))
            _ = try await staged.finish()
            try await store.commit([staged]) { _ in
                let run = try await pulpctl.run(words, signal: SIGKILL) {
                    try await pulpctl.until("SELECT COUNT(*) = 2 FROM artifact")
                }
                #expect(run.status == SIGKILL)
            }
            let check = try await pulpctl.run("fsck")
            #expect(check.output.contains("which no artifact speaks of"))
            #expect(try await pulpctl.served("m") == files)
            #expect(try await pulpctl.run(words).status == 0)
            #expect(try await pulpctl.served("m") == files)
            try await pulpctl.expectOrder(failed: 1)
        }
    }
}

extension Program {
    /// Waits, by asking, until a condition on the database holds.
    /// - Parameter task: a task whose end ends the waiting too: it was faster than the asking.
    fileprivate func until(_ condition: SQL, orEndOf task: String? = nil) async throws {
        let ended: SQL = "SELECT COUNT(*) > 0 FROM task WHERE name LIKE \("%" + (task ?? "nothing")) AND finished IS NOT NULL"
        try await withDatabase { database in
            while true {
                // The table may not be there yet.
                let holds = try? await database.read { db in
                    let isNow = try db.value(condition, as: Bool.self) ?? false
                    return try isNow || db.value(ended, as: Bool.self) ?? false
                }
                if holds == true { return }
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    /// Holds what a statement locks while a body runs.
    fileprivate func holding(_ statement: SQL, _ body: @Sendable () async throws -> Void) async throws {
        try await withDatabase { database in
            let (reached, release) = (FakeGate(), DispatchSemaphore(value: 0))
            async let transaction: Void = database.write { db in
                try db.execute(statement)
                reached.open()
                // The thread is the connection's own.
                release.wait()
            }
            await reached.pass()
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            release.signal()
            try await transaction
            try result.get()
        }
    }

    /// Forgets the tasks that have ended.
    fileprivate func forgetTasks() async throws {
        try await withDatabase { database in
            _ = try await database.write { db in try db.execute("DELETE FROM task WHERE finished IS NOT NULL") }
        }
    }

    /// Makes a repository whose only version has one file, and nothing uses the two that were there before.
    /// - Returns: what is served.
    fileprivate func makeOrphans(_ round: Int) async throws -> [String: String] {
        let files = ["z": "three"]
        for files in [["x\(round)": "one \(round)", "y\(round)": "two \(round)"], files] {
            try await serve(files)
            let run = try await run("file", "mirror", upstream, "--at", "m")
            #expect(run.status == 0, "\(run.errors)")
        }
        try await withPulp { pulp in
            let repository = try #require(try await pulp.find(FileRepository.self, named: "m"))
            for version in try await pulp.versions(of: repository.id).dropLast() {
                _ = try await pulp.run(DeleteVersion(version.number, of: repository.id))
            }
        }
        return files
    }

    /// Nothing is wrong with the store, no unfinished file is in it, and so many tasks have failed: those of the killed.
    fileprivate func expectOrder(failed: Int? = nil) async throws {
        try await withPulp { pulp in
            // As every worker does, until the dead are seen to be dead.
            while try await pulp.tasks.list(TaskFilter(states: [.running, .canceling])).total > 0 {
                try await pulp.tasks.sweep()
                await Task.yield()
            }
            var check = pulp.integrityCheck
            check.verifiesChecksums = true
            #expect(try await check.violations() == [])
            #expect(try pulp.stagedFiles() == [])
            let tasks = try await pulp.tasks.list().tasks
            // One that nobody had begun waits for whoever runs tasks.
            #expect(tasks.allSatisfy { [.completed, .failed, .waiting].contains($0.state) })
            let failures = tasks.filter { $0.state == .failed }
            if let failed { #expect(failures.count == failed) }
            for task in failures { #expect(task.error == ["reason": "Worker has gone missing."]) }
        }
    }
}
