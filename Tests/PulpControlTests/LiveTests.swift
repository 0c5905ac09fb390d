import Foundation
import NIOCore
import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("The program pulpctl beside a pulpd that runs")
struct LiveTests {
    @Test("What pulpctl mirrors, pulpd serves in a moment; what is to be done, either of them does and both see")
    func beside() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.withService { content, _ in
                for files in [["a": "one"], ["a": "two", "b": "three"]] {
                    try await pulpctl.serve(files)
                    let run = try await pulpctl.run(
                        "file", "mirror", pulpctl.upstream, "--at", "m", environment: ["PULP_CONTENT_LISTEN": content])
                    #expect(run.status == 0, "\(run.errors)")
                    let url = try #require(run.lines.last)
                    for (path, text) in files { #expect(try await pulpctl.get(url + path, until: text) == text) }
                }
                // Nobody but pulpd can run it: the one who asks for it does not wait.
                let task = try await pulpctl.withPulp { pulp in try await pulp.dispatch(OrphanCleanup(protectionTime: 0)).id }
                let shown = try await pulpctl.run("task", "show", "--uuid", task.uuid, "--wait", "--json")
                #expect(try shown.json["state"] == "completed")
                let names = try await pulpctl.run("task", "list", "--field", "name", "--state", "completed")
                #expect(names.lines.filter { $0.hasSuffix("orphan_cleanup") }.count == 1)
                #expect(names.lines.filter { $0.hasSuffix("synchronize") }.count == 2)
            }
            #expect(try await pulpctl.run("fsck", "--verify").output == "nothing is wrong\n")
        }
    }

    @Test("What pulpctl schedules, pulpd dispatches at its time")
    func scheduled() async throws {
        try await Program.with { pulpctl in
            try await withFakeRemote { remote in
                remote.serve(["a": "one"])
                try await pulpctl.withService { _, _ in
                    for words in [
                        ["file", "remote", "create", "--name", "r", "--url", remote.url(of: "/PULP_MANIFEST")],
                        ["file", "repository", "create", "--name", "r", "--remote", "r"],
                        ["task-schedule", "sync", "--repository", "r", "--at", "2026-01-01"],
                    ] {
                        let run = try await pulpctl.run(words)
                        #expect(run.status == 0, "\(run.errors)")
                    }
                    try await pulpctl.withPulp { pulp in
                        let changes = pulp.database.announcements()
                        var task = try await pulp.tasks.findSchedule(named: "sync r")?.lastTask
                        var iterator = changes.makeAsyncIterator()
                        while task == nil, await iterator.next() != nil {
                            task = try await pulp.tasks.findSchedule(named: "sync r")?.lastTask
                        }
                        let dispatched = try #require(task)
                        try await pulp.tasks.waitForEnd(of: dispatched)
                        #expect(try await pulp.tasks.find(dispatched)?.state == .completed)
                    }
                    let versions = try await pulpctl.run("file", "repository", "version", "list", "--repository", "r", "--field", "number")
                    #expect(Set(versions.lines) == ["number", "0", "1"])
                }
            }
        }
    }

    @Test("Of a pulpd that is killed in the middle of a sync, the task fails and the next sync brings what is missing")
    func killed() async throws {
        try await Program.with { pulpctl in
            try await withFakeRemote { remote in
                let large = String(repeating: "a large file ", count: 10_000)
                let files = ["a": "one", "b": "two", "large": large]
                remote.serve(files)
                let gate = FakeGate()
                remote.answer("/large", with: .file(large).ending(.held(after: 80_000, gate)), .file(large))
                for words in [
                    ["remote", "create", "--name", "r", "--url", remote.url(of: "/PULP_MANIFEST")],
                    ["repository", "create", "--name", "r", "--remote", "r", "--autopublish"],
                    ["distribution", "create", "--name", "r", "--base-path", "r", "--repository", "r"],
                ] {
                    let run = try await pulpctl.run(["file"] + words)
                    #expect(run.status == 0, "\(run.errors)")
                }
                var task: ID<TaskRecord>?
                try await pulpctl.withService { _, service in
                    task = try await pulpctl.withPulp { pulp in
                        let repository = try #require(try await pulp.find(FileRepository.self, named: "r"))
                        let source = try #require(try await pulp.find(FileRemote.self, named: "r"))
                        return try await pulp.dispatch(SynchronizeFiles(repository.id, from: source.id)).id
                    }
                    await gate.reached()
                    service.send(SIGKILL)
                }
                gate.open()
                let next = try await pulpctl.run("file", "repository", "sync", "--repository", "r")
                #expect(next.status == 0, "\(next.errors)")
                let shown = try await pulpctl.run("task", "show", "--uuid", try #require(task).uuid, "--json")
                #expect(try shown.json["state"] == "failed")
                #expect(try await pulpctl.served("r") == files)
                #expect(try await pulpctl.run("fsck", "--verify").output == "nothing is wrong\n")
            }
        }
    }
}

extension Program {
    /// Runs a body while `pulpd` serves the store.
    /// - Parameter body: is given the address of the content server, and the process, which it may kill.
    fileprivate func withService(_ body: (String, ChildProcess) async throws -> Void) async throws {
        let service = try PulpdProcess(
            environment: ["PULP_DATA_DIR": store, "PULP_ALLOWED_IMPORT_PATHS": upstream], folder: folder.url)
        let result: Result<Void, any Error>
        do { result = .success(try await body(try await service.listens(), service.process)) } catch { result = .failure(error) }
        service.process.send(SIGTERM)
        _ = await service.process.waitForEnd()
        try result.get()
    }

    /// What a client gets that asks again until it gets what it wants, or has asked too often: another process sees a change in a
    /// moment, and answers from what it knows until then.
    fileprivate func get(_ url: String, until wanted: String) async throws -> String {
        try await withPulp { pulp in
            var text = ""
            for _ in 0..<5000 {
                text = String(buffer: try await pulp.downloader.fetchDocument(url, from: RemoteSettings(), limit: 1 << 20).bytes)
                if text == wanted { break }
            }
            return text
        }
    }
}
