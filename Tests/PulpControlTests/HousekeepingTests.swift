import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("Housekeeping with the program pulpctl")
struct HousekeepingTests {
    /// What a command that must succeed wrote.
    private func output(_ pulpctl: Program, _ words: String...) async throws -> String {
        let run = try await pulpctl.run(words)
        #expect(run.status == 0, "\(words): \(run.errors)")
        return run.output
    }

    @Test("A damaged file is fetched again, by the repair of its version and by that of everything", arguments: DatabaseKind.allCases)
    func repair(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            try await withFakeRemote { remote in
                remote.serve(["a": "one", "b": "two"])
                _ = try await output(pulpctl, "file", "mirror", remote.url, "--at", "m")
                let verbs = [["file", "repository", "version", "repair", "--repository", "m"], ["repair"]]
                for (round, verb) in verbs.enumerated() {
                    try Data("eno".utf8).write(to: pulpctl.blob(of: "one"))
                    #expect(try await pulpctl.run("fsck", "--verify").status == 1)
                    // The size is right: only who reads the bytes can see it.
                    let glance = try await pulpctl.run(verb + ["--no-verify-checksums"])
                    #expect(glance.output == "0 missing, 0 damaged, 0 repaired\n")
                    let repair = try await pulpctl.run(verb)
                    #expect((repair.status, repair.output) == (0, "0 missing, 1 damaged, 1 repaired\n"))
                    #expect(remote.count(of: "/a") == round + 2)
                    #expect(try await pulpctl.served("m") == ["a": "one", "b": "two"])
                    #expect(try await output(pulpctl, "fsck", "--verify") == "nothing is wrong\n")
                }
            }
        }
    }

    @Test("What cannot be repaired is counted, told by the status, and left to be repaired another time")
    func hopeless() async throws {
        try await Program.with { pulpctl in
            try await withFakeRemote { remote in
                remote.serve(["a": "one"])
                _ = try await output(pulpctl, "file", "mirror", remote.url, "--at", "m")
                try FileManager.default.removeItem(at: pulpctl.blob(of: "one"))
                remote.answer("/a", with: .status(404))
                let failed = try await pulpctl.run("repair", "--json")
                #expect(failed.status == 1)
                #expect(try failed.json == ["missing": 1, "corrupted": 0, "repaired": 0])
                remote.answer("/a", with: .file("one"))
                #expect(try await output(pulpctl, "repair") == "1 missing, 0 damaged, 1 repaired\n")
            }
        }
    }

    @Test(
        "Reclaiming frees what no other repository and no kept version needs; it is fetched again on demand",
        arguments: DatabaseKind.allCases)
    func reclaim(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            try await withFakeRemote { remote in
                remote.serve(["own": "four", "shared": "seven!!"])
                _ = try await output(pulpctl, "file", "mirror", remote.url, "--at", "m")
                _ = try await output(pulpctl, "file", "repository", "create", "--name", "other")
                _ = try await output(
                    pulpctl, "file", "repository", "content", "add", "--repository", "other", "--relative-path", "shared")
                let words = ["repository", "reclaim", "--repository", "file:file:m"]

                let version = try await pulpctl.run("file", "repository", "version", "show", "--repository", "m", "--json").json["prn"]
                let kept = try await pulpctl.run(words + ["--keep-version", try #require(version?.stringValue)])
                #expect(kept.output == "reclaimed 0 bytes of 0 artifacts\n")
                #expect(try await pulpctl.run(words + ["--dry-run"]).output == "would reclaim 4 bytes of 1 artifacts\n")
                #expect(FileManager.default.fileExists(atPath: pulpctl.blob(of: "four").path()))
                #expect(try await pulpctl.run(words).output == "reclaimed 4 bytes of 1 artifacts\n")
                #expect(!FileManager.default.fileExists(atPath: pulpctl.blob(of: "four").path()))
                #expect(FileManager.default.fileExists(atPath: pulpctl.blob(of: "seven!!").path()))
                #expect(try await output(pulpctl, "fsck", "--verify") == "nothing is wrong\n")

                #expect(try await pulpctl.served("m") == ["own": "four", "shared": "seven!!"])
                #expect(remote.count(of: "/own") == 2)
                #expect(remote.count(of: "/shared") == 1)
            }
        }
    }

    @Test("A clean-up says what it would delete, deletes no more than it is told to, and then the rest", arguments: DatabaseKind.allCases)
    func orphans(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            for text in ["one", "three"] {
                try await pulpctl.serve(["f": text])
                _ = try await output(
                    pulpctl, "file", "content", "upload", "--file", pulpctl.upstream + "/f", "--relative-path", text)
            }
            let unit = try await pulpctl.run("file", "content", "show", "--relative-path", "one", "--json").json["prn"]
            let prn = try #require(unit?.stringValue)
            let all = ["orphan", "cleanup", "--protection-time", "0"]
            #expect(try await output(pulpctl, "orphan", "cleanup") == "deleted 0 units and 0 artifacts, 0 bytes\n")
            #expect(try await pulpctl.run(all + ["--dry-run"]).output == "would delete 2 units and 2 artifacts, 8 bytes\n")
            #expect(try await pulpctl.run(all + ["--content-hrefs", "[\"\(prn)\"]"]).output.hasPrefix("deleted 1 units and "))
            #expect(try await output(pulpctl, "file", "content", "list", "--field", "relative_path") == "relative_path\nthree\n")
            #expect(try await pulpctl.run(all).status == 0)
            #expect(try await output(pulpctl, "file", "content", "list", "--json") == "[\n]\n")
            #expect(try await output(pulpctl, "artifact", "list", "--json") == "[]\n")
        }
    }

    @Test("Tasks are counted, shown, forgotten one by one and by the day, each after a look at what would go")
    func tasks() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.serve(["a": "one"])
            _ = try await output(pulpctl, "file", "mirror", pulpctl.upstream, "--at", "m")
            _ = try await output(pulpctl, "orphan", "cleanup")
            #expect(try await pulpctl.run("task", "summary", "--json").json["completed"] == 2)
            let names = try await output(
                pulpctl, "file", "repository", "task", "list", "--repository", "m", "--ordering", "name", "--field", "name")
            #expect(names == "name\npulp_file.app.tasks.synchronizing.synchronize\n")
            #expect(try await output(pulpctl, "task", "list", "--finished-before", "2020-01-01", "--json") == "[]\n")
            #expect(try await pulpctl.run("task", "list", "--started-after", "2020-01-01", "--limit", "1").lines.count == 2)

            guard case .array(let tasks) = try await pulpctl.run("task", "list", "--name-contains", "orphan", "--json").json else { return }
            let uuid = try #require(tasks.first?["prn"]?.stringValue?.split(separator: ":").last.map(String.init))
            #expect(try await pulpctl.run("task", "show", "--wait", "--uuid", uuid, "--json").json["state"] == "completed")
            #expect(try await output(pulpctl, "task", "destroy", "--uuid", uuid, "--dry-run") == "would forget the task \(uuid)\n")
            #expect(try await output(pulpctl, "task", "destroy", "--href", "/pulp/api/v3/tasks/\(uuid)/") == "forgot the task \(uuid)\n")
            #expect(try await pulpctl.run("task", "show", "--uuid", uuid).status == 1)

            let purge = ["task", "purge", "--finished-before", "2999-01-01"]
            #expect(try await pulpctl.run(purge + ["--dry-run"]).output == "would forget 1 tasks\n")
            #expect(try await pulpctl.run(purge).output == "forgot 1 tasks\n")
        }
    }
}

extension Program {
    /// Where the store keeps a text.
    fileprivate func blob(of text: String) -> URL {
        let digest = sha256(of: text)
        return URL(filePath: "\(store)/media/artifact/\(digest.prefix(2))/\(digest.dropFirst(2))")
    }
}
