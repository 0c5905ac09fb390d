import PulpCore
import PulpTesting
import Testing

@Suite("What the program pulpctl finds by labels, names and dates")
struct SelectionTests {
    @Test("Remotes of one kind and of all kinds are selected by their labels, parts of their names and their dates")
    func remotes() async throws {
        try await Program.with { pulpctl in
            for (name, labels) in [("debian", "env=prod"), ("debian-old", "env=prod,old="), ("fedora", "env=Test")] {
                let run = try await pulpctl.run("file", "remote", "create", "--name", name, "--url", "http://h/", "--labels", labels)
                #expect(run.status == 0, "\(run.errors)")
            }
            for noun in [["file", "remote"], ["remote"]] {
                func names(_ filters: String...) async throws -> [String] {
                    let run = try await pulpctl.run(noun + ["list", "--field", "name"] + filters)
                    #expect(run.status == 0, "\(run.errors)")
                    return Array(run.lines.dropFirst())
                }
                #expect(try await names("--label-select", "env=prod,!old") == ["debian"])
                #expect(try await names("--label-select", "env!=prod") == ["fedora"])
                #expect(try await names("--label-select", "env~TE") == ["fedora"])
                #expect(try await names("--label-select", "old") == ["debian-old"])
                #expect(try await names("--name-contains", "deb", "--ordering=-name") == ["debian-old", "debian"])
                #expect(try await names("--name-in", "fedora,x") == ["fedora"])
                #expect(try await names("--updated-before", "2020-01-01") == [])
                #expect(try await names("--updated-after", "2020-01-01").count == 3)
            }
            let wrong = try await pulpctl.run("remote", "list", "--label-select", "!a=b")
            #expect(wrong.errors == "pulpctl: [PLP0001] --label-select: Cannot use an operator with '!a'.\n")
        }
    }

    @Test("Units have labels, and are selected by them, by versions and in any order", arguments: DatabaseKind.allCases)
    func units(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            func run(_ words: String...) async throws -> Program.Run {
                let run = try await pulpctl.run(["file"] + words)
                #expect(run.status == 0, "\(words): \(run.errors)")
                return run
            }
            for files in [["a": "one", "b": "two"], ["b": "two", "c": "three"]] {
                try await pulpctl.serve(files)
                _ = try await run("mirror", pulpctl.upstream, "--at", "m")
            }
            for (path, key, value) in [("a", "env", "prod"), ("b", "env", "Test"), ("b", "x.y", "1")] {
                _ = try await run("content", "label", "set", "--relative-path", path, "--key", key, "--value", value)
            }
            func paths(_ filters: String...) async throws -> [String] {
                let run = try await pulpctl.run(["file", "content", "list", "--field", "relative_path"] + filters)
                #expect(run.status == 0, "\(run.errors)")
                return Array(run.lines.dropFirst())
            }
            #expect(try await paths("--label-select", "env") == ["a", "b"])
            #expect(try await paths("--label-select", "!env") == ["c"])
            #expect(try await paths("--label-select", "env=prod") == ["a"])
            #expect(try await paths("--label-select", "env!=prod") == ["b"])
            #expect(try await paths("--label-select", "env~t,x.y=1") == ["b"])
            #expect(try await paths("--ordering=-relative_path", "--limit", "2") == ["c", "b"])
            #expect(try await run("content", "label", "show", "--relative-path", "b", "--key", "env").output == "Test\n")
            #expect(try await run("content", "label", "unset", "--relative-path", "b", "--key", "env").output == "labels: x.y=1\n")
            #expect(try await run("content", "show", "--relative-path", "b", "--json").json["pulp_labels"] == ["x.y": "1"])

            let version = try await run("repository", "version", "show", "--repository", "m", "--json").json["prn"]?.stringValue ?? ""
            #expect(try await paths("--repository-version", version) == ["b", "c"])
            #expect(try await paths("--repository-version-added", version) == ["c"])
            #expect(try await paths("--repository-version-removed", version) == ["a"])
            #expect(try await run("repository", "content", "list", "--repository", "m", "--all-types").lines.count == 3)

            let unit = try await run("content", "show", "--relative-path", "a", "--json").json["prn"]?.stringValue ?? ""
            let versions = try await run("repository", "version", "list", "--repository", "m", "--content", unit, "--field", "number")
            #expect(versions.lines == ["number", "1"])
            let publications = try await run("publication", "list", "--content", unit, "--repository", "m", "--json").json
            guard case .array(let found) = publications else {
                Issue.record("no list")
                return
            }
            #expect(found.count == 1)
        }
    }

    @Test("Resources are named as pulp-cli names them: by name, PRN, href, or name with its kind")
    func names() async throws {
        try await Program.with { pulpctl in
            let made = try await pulpctl.run("file", "repository", "create", "--name", "r", "--json")
            let prn = try #require(try made.json["prn"]?.stringValue)
            let href = "/pulp/api/v3/repositories/file/file/\(prn.split(separator: ":")[2])/"
            for option in [
                ["--name", "r"], ["--repository", "r"], ["--repository", "file:r"], ["--repository", "file:file:r"], ["--href", href],
                ["--repository", href], ["--href", prn], ["--repository-href", href],
            ] {
                let run = try await pulpctl.run(["file", "repository", "show", "--json"] + option)
                #expect(try run.json["prn"]?.stringValue == prn, "\(option): \(run.errors)")
            }
            let version = try await pulpctl.run("file", "content", "list", "--repository-version", href + "versions/0/", "--json")
            #expect(try version.json == [])
            let sync = try await pulpctl.run("file", "repository", "sync", "--href", href)
            #expect(sync.errors == "pulpctl: [PLP0001] r has no remote: name one with --remote\n")
        }
    }
}
