import Foundation
import PulpCore
import PulpTesting
import Testing

@Suite("The program pulpctl")
struct ProgramTests {
    @Test("A repository is mirrored, looked at, brought up to date, cut back and checked", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            try await pulpctl.serve(["a.txt": "one", "sub/b,c.txt": "two"])
            var run = try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "some/files")
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.lines == [
                    "version 1: 2 added, 0 removed, 2 present; 6 bytes downloaded", "http://127.0.0.1:24816/pulp/content/some/files/",
                ])

            run = try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "some/files")
            #expect(run.lines.first == "version 1: nothing changed, 2 present")

            try await pulpctl.serve(["a.txt": "changed", "d.txt": "three"])
            run = try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "some/files", "--json")
            let outcome = try run.json
            #expect(outcome["number"] == 2)
            #expect(outcome["added"] == 2)
            #expect(outcome["removed"] == 2)
            #expect(outcome["url"] == "http://127.0.0.1:24816/pulp/content/some/files/")

            run = try await pulpctl.run("file", "repository", "version", "diff", "--repository", "some/files")
            #expect(run.lines.map { $0.prefix { $0 != " " } } == ["-", "-", "+", "+"])
            #expect(run.lines.map { $0.split(separator: " ")[1] } == ["a.txt", "sub/b,c.txt", "a.txt", "d.txt"])

            run = try await pulpctl.run("file", "repository", "content", "list", "--repository", "some/files", "--version", "1", "--json")
            guard case .array(let units) = try run.json else {
                Issue.record("no list")
                return
            }
            #expect(units.compactMap { $0["relative_path"]?.stringValue }.sorted() == ["a.txt", "sub/b,c.txt"])

            run = try await pulpctl.run("file", "repository", "version", "destroy", "--repository", "some/files", "--version", "1")
            #expect(run.output == "destroyed version 1 of some/files\n")
            run = try await pulpctl.run("file", "repository", "version", "list", "--repository", "some/files", "--field", "number")
            #expect(run.lines == ["number", "0", "2"])

            run = try await pulpctl.run("orphan", "cleanup", "--protection-time", "0", "--dry-run")
            #expect(run.output.hasPrefix("would delete 2 units"))
            run = try await pulpctl.run("orphan", "cleanup", "--protection-time", "0")
            #expect(run.output.hasPrefix("deleted 2 units"))
            run = try await pulpctl.run("fsck", "--verify")
            #expect(run.output == "nothing is wrong\n")
            #expect(run.status == 0)
        }
    }

    @Test(
        "Guards are made, put before distributions, shown by their names and not deleted while they are needed",
        arguments: DatabaseKind.allCases)
    func guards(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            func run(_ words: String...) async throws -> Program.Run {
                let run = try await pulpctl.run(words)
                #expect(run.status == 0, "\(words) \(run.errors)")
                return run
            }
            let header = try await run(
                "content-guard", "header", "create", "--name", "partners", "--header-name", "X-Partner", "--header-value", "gold", "--json"
            ).json
            _ = try await run("content-guard", "rbac", "create", "--name", "staff")
            _ = try await run("content-guard", "redirect", "create", "--name", "signed", "--description", "for an hour")
            let both = try await run(
                "content-guard", "composite", "create", "--name", "both", "--guard", "partners", "--guard", "staff", "--json"
            ).json
            guard case .array(let guards)? = both["guards"] else { throw PulpError(.internal, "no guards") }
            #expect(guards.count == 2 && guards.first == header["prn"])
            let distribution = try await run(
                "file", "distribution", "create", "--name", "d", "--base-path", "d", "--content-guard", "both", "--json"
            ).json
            #expect(distribution["content_guard"] == both["prn"])
            #expect(
                try await run("content-guard", "list", "--field", "name").lines.sorted() == ["both", "name", "partners", "signed", "staff"])
            for (kind, name, message) in [
                ("composite", "both", "guards the distribution d"), ("header", "partners", "is part of the content guard both"),
            ] {
                let refused = try await pulpctl.run("content-guard", kind, "destroy", "--name", name)
                #expect(refused.status == 1 && refused.errors.contains(message), "\(refused.errors)")
            }
            let cycle = try await pulpctl.run("content-guard", "composite", "update", "--name", "both", "--guard", "both")
            #expect(
                cycle.status == 1 && cycle.errors.contains("guard: A composite content guard cannot be a part of itself."),
                "\(cycle.errors)")
            let filter = try await pulpctl.run("content-guard", "header", "update", "--name", "partners", "--jq-filter", ".[] | length")
            #expect(filter.status == 1 && filter.errors.contains("jq-filter: This filter cannot be used"), "\(filter.errors)")
            _ = try await run("file", "distribution", "update", "--name", "d", "--content-guard", "")
            _ = try await run("content-guard", "composite", "update", "--name", "both", "--guard", "")
            for (kind, name) in [("header", "partners"), ("rbac", "staff"), ("redirect", "signed"), ("composite", "both")] {
                _ = try await run("content-guard", kind, "destroy", "--name", name)
            }
        }
    }

    @Test("Step by step, with the verbs of pulp-cli", arguments: DatabaseKind.allCases)
    func steps(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            try await pulpctl.serve(["a": "one", "b": "two"])
            let url = "file://\(pulpctl.upstream)/PULP_MANIFEST"
            func run(_ words: String...) async throws -> Program.Run {
                let run = try await pulpctl.run(words)
                #expect(run.status == 0, "\(words): \(run.errors)")
                return run
            }
            let remote = try await run(
                "file", "remote", "create", "--name", "r", "--url", url, "--policy", "immediate", "--labels", "a=b",
                "--username", "me", "--password", "secret", "--json"
            ).json
            #expect(remote["pulp_labels"] == ["a": "b"])
            #expect(remote["password"] == nil)
            #expect(remote["prn"]?.stringValue?.hasPrefix("prn:file.fileremote:") == true)
            #expect(try await run("file", "repository", "create", "--name", "r", "--remote", "r", "--json").json["remote"] == remote["prn"])
            #expect(
                try await run("file", "repository", "sync", "--repository", "r").output == "r: version 1, 2 added, 0 removed, 2 present\n")
            #expect(try await run("file", "repository", "sync", "--repository", "r").output == "r: nothing changed, version 1 stays\n")
            let publication = try await run("file", "publication", "create", "--repository", "r", "--json").json
            let prn = try #require(publication["prn"]?.stringValue)
            let distribution = try await run(
                "file", "distribution", "create", "--name", "d", "--base-path", "p", "--publication", prn, "--json"
            ).json
            #expect(distribution["base_url"] == "http://127.0.0.1:24816/pulp/content/p/")
            #expect(distribution["publication"]?.stringValue == prn)

            let changed = try await run("file", "distribution", "update", "--name", "d", "--publication", "", "--repository", "r", "--json")
                .json
            #expect(changed["publication"] == .null)
            #expect(try await run("file", "distribution", "list").lines.last?.contains("http://127.0.0.1:24816/pulp/content/p/") == true)
            #expect(try await run("file", "distribution", "list", "--name-contains", "nothing").output == "")

            _ = try await run("file", "remote", "label", "set", "--remote", "r", "--key", "c", "--value", "d")
            #expect(try await run("file", "remote", "label", "show", "--remote", "r", "--key", "c").output == "d\n")
            _ = try await run("file", "remote", "label", "unset", "--remote", "r", "--key", "a")
            #expect(try await run("file", "remote", "show", "--name", "r", "--json").json["pulp_labels"] == ["c": "d"])

            #expect(
                try await run("file", "repository", "content", "remove", "--repository", "r", "--relative-path", "a").output
                    == "r: version 2, 0 added, 1 removed, 1 present\n")
            #expect(
                try await run("file", "repository", "content", "add", "--repository", "r", "--relative-path", "a").output
                    == "r: version 3, 1 added, 0 removed, 2 present\n")
            #expect(
                try await run("file", "repository", "content", "modify", "--repository", "r", "--base-version", "2").output
                    == "r: version 4, 0 added, 1 removed, 1 present\n")
            #expect(
                try await run("file", "repository", "content", "remove", "--repository", "r", "--all").output
                    == "r: version 5, 0 added, 1 removed, 0 present\n")

            #expect(try await run("file", "publication", "destroy", "--prn", prn, "--dry-run").output.hasPrefix("would destroy"))
            _ = try await run("file", "publication", "destroy", "--prn", prn)
            #expect(try await run("file", "publication", "list", "--json").json == [])
            for noun in ["distribution", "repository", "remote"] {
                _ = try await run("file", noun, "destroy", "--name", noun == "distribution" ? "d" : "r")
                #expect(try await run("file", noun, "list", "--json").json == [])
            }
            #expect(try await run("fsck").output == "nothing is wrong\n")
        }
    }

    @Test("A file becomes a unit, once")
    func upload() async throws {
        try await Program.with { pulpctl in
            try Data("bytes".utf8).write(to: URL(filePath: pulpctl.upstream + "/x.bin"))
            _ = try await pulpctl.run("file", "repository", "create", "--name", "r")
            let words = [
                "file", "content", "upload", "--file", pulpctl.upstream + "/x.bin", "--relative-path", "d/x", "--repository", "r", "--json",
            ]
            let first = try await pulpctl.run(words)
            #expect(first.status == 0, "\(first.errors)")
            let unit = try first.json
            #expect(unit["relative_path"] == "d/x")
            #expect(unit["size"] == 5)
            #expect(try await pulpctl.run(words).json["prn"] == unit["prn"])
            let shown = try await pulpctl.run("file", "content", "show", "--relative-path", "d/x", "--json")
            #expect(try shown.json == unit)
            let latest = try await pulpctl.run("file", "repository", "show", "--name", "r", "--json")
            #expect(try latest.json["latest_version"] == 1)

            let digest = try #require(unit["sha256"]?.stringValue)
            #expect(try await pulpctl.run("artifact", "show", "--sha256", digest, "--json").json["size"] == 5)
            let again = try await pulpctl.run(
                "file", "content", "create", "--sha256", digest, "--relative-path", "other", "--repository", "r", "--json")
            #expect(try again.json["artifact"] == unit["artifact"])
            #expect(try await pulpctl.run("fsck", "--verify").status == 0)
        }
    }

    @Test(
        "Failures are one line that names the thing, and a status",
        arguments: [
            (["file", "remote", "show", "--name", "x"], 1, "pulpctl: [PLP0404] there is no file.file remote \"x\"\n"),
            (
                ["file", "remote", "create", "--name", "r"], 64,
                "pulpctl: Missing expected argument '--url <text>' (see pulpctl file remote create --help)\n"
            ),
            (
                ["file", "remote", "create", "--name", "r", "--url", "nonsense", "--policy", "never", "--max-retries", "x"], 1,
                "pulpctl: [PLP0001] url: Enter a valid URL.; max-retries: A valid integer is required.; "
                    + "policy: \"never\" is not a valid choice.\n"
            ),
            (["file", "repository", "sync", "--repository", "r"], 1, "pulpctl: [PLP0404] there is no file.file repository \"r\"\n"),
            (["file", "repository", "create", "--name", "r", "--remote", "x"], 1, "pulpctl: [PLP0404] there is no remote \"x\"\n"),
            (
                ["file", "distribution", "create", "--name", "d", "--base-path", "../x"], 1,
                "pulpctl: [PLP0001] base-path: The base path must be a relative path without empty, '.' or '..' segments, whitespace, "
                    + "'?' and '#'.\n"
            ),
            (
                ["file", "content", "upload", "--file", "/x", "--relative-path", "/abs"], 1,
                "pulpctl: the path \"/abs\" is not allowed: it is absolute\n"
            ),
            (["file", "remote", "update", "--name", "x"], 1, "pulpctl: [PLP0404] there is no file.file remote \"x\"\n"),
            (["file", "remote", "show"], 1, "pulpctl: [PLP0001] say which remote: --name or --prn\n"),
            (
                ["task", "list", "--state", "asleep"], 1,
                "pulpctl: [PLP0001] --state: \"asleep\" is not one of waiting, running, completed, failed, canceling, canceled, skipped\n"
            ),
            (["file", "nonsense"], 64, "pulpctl: Unexpected argument 'nonsense' (see pulpctl file --help)\n"),
            (
                ["file", "remote", "list", "--limit", "-1"], 64,
                "pulpctl: Missing value for '--limit <number>' (see pulpctl file remote list --help)\n"
            ),
        ] as [([String], Int32, String)])
    func failures(words: [String], status: Int32, message: String) async throws {
        try await Program.with { pulpctl in
            let run = try await pulpctl.run(words)
            #expect(run.errors == message)
            #expect(run.status == status)
            #expect(run.output == "")
        }
    }

    @Test("A failed sync says where, and keeps what is served")
    func failedSync() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.serve(["a": "one"])
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            try Data("a,nonsense,3\n".utf8).write(to: URL(filePath: pulpctl.upstream + "/PULP_MANIFEST"))
            let run = try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m")
            #expect(run.status == 1)
            #expect(run.errors.split(separator: "\n").last?.contains("PULP_MANIFEST, line 1") == true)
            #expect(!run.errors.contains("\u{1B}"))
            let latest = try await pulpctl.run("file", "repository", "show", "--name", "m", "--json")
            #expect(try latest.json["latest_version"] == 1)
            #expect(try await pulpctl.run("task", "list", "--state", "failed", "--json").json != [])
            #expect(try await pulpctl.run("fsck", "--verify").status == 0)
        }
    }

    @Test("Folders that are not allowed are refused before anything is made")
    func notAllowed() async throws {
        try await Program.with { pulpctl in
            let run = try await pulpctl.run(
                "file", "mirror", pulpctl.upstream, "--at", "m", environment: ["PULP_ALLOWED_IMPORT_PATHS": "/nowhere"])
            #expect(run.status == 1)
            #expect(run.errors.contains("allow it with PULP_ALLOWED_IMPORT_PATHS=\(pulpctl.upstream)\n"))
            #expect(try await pulpctl.run("file", "remote", "list", "--json").json == [])
        }
    }

    @Test("A base path that overlaps is refused before anything is downloaded")
    func overlap() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.serve(["a": "one"])
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            let run = try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m/below")
            #expect(run.errors == "pulpctl: [PLP0409] the base path m/below overlaps with m of the distribution m\n")
            #expect(try await pulpctl.run("file", "remote", "list", "--field", "name").lines == ["name", "m"])
        }
    }

    @Test("Ctrl-C cancels the running task, and leaves nothing half done")
    func interruption() async throws {
        try await Program.with { pulpctl in
            let gate = FakeGate()
            try await withFakeRemote(["/PULP_MANIFEST": .file("").waiting(for: gate)]) { remote in
                let run = try await pulpctl.run(["file", "mirror", remote.url, "--at", "m"], at: { await gate.reached() })
                #expect(run.status == 130)
                #expect(run.errors.hasSuffix("\npulpctl: canceled\n"))
                gate.open()
            }
            guard case .array(let tasks) = try await pulpctl.run("task", "list", "--json").json else {
                Issue.record("no list")
                return
            }
            #expect(tasks.map { $0["state"] } == ["canceled"])
            #expect(try await pulpctl.run("fsck").output == "nothing is wrong\n")
        }
    }

    @Test("Damage is found, named, and told by the status")
    func damage() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.serve(["a": "one"])
            _ = try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m")
            let digest = sha256(of: "one")
            let blob = "\(pulpctl.store)/media/artifact/\(digest.prefix(2))/\(digest.dropFirst(2))"
            try FileManager.default.removeItem(atPath: blob)
            let run = try await pulpctl.run("fsck")
            #expect(run.status == 1)
            #expect(run.lines.count == 1)
            #expect(run.output.contains(digest))
            #expect(try await pulpctl.run("fsck", "--json").json["violations"] != [])
            #expect(try await pulpctl.run("fsck", "--quiet").output == "")
        }
    }

    @Test("Quiet is quiet; the data directory may be named")
    func options() async throws {
        try await Program.with { pulpctl in
            let other = pulpctl.folder.path + "/other"
            let missing = try await pulpctl.run("file", "repository", "list", "--data-dir", other)
            #expect(missing.errors.hasPrefix("pulpctl: [PLP0017] there is no store in \(other)"))
            #expect(!FileManager.default.fileExists(atPath: other))
            let made = try await pulpctl.run("file", "repository", "create", "--name", "r", "--quiet", "--data-dir", other)
            #expect((made.status, made.output, made.errors) == (0, "", ""))
            #expect(try await pulpctl.run("--json", "file", "repository", "list").json == [])
            #expect(try await pulpctl.run("file", "repository", "list", "--field", "name", "--data-dir", other).lines == ["name", "r"])
        }
    }

    @Test("Help, version and completions need no store")
    func noStore() async throws {
        try await Program.with { pulpctl in
            for words in [
                ["--help"], ["--version"], ["file", "remote", "create", "--help"], ["--generate-completion-script", "bash"], [],
            ] {
                let run = try await pulpctl.run(words)
                #expect(run.status == 0, "\(words)")
                #expect(!run.output.isEmpty, "\(words)")
                #expect(run.errors == "", "\(words)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: pulpctl.store) == [])
        }
    }
}
