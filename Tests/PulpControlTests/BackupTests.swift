import Foundation
import NIOCore
import PulpFile
import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("Backup and restore with the programs", .serialized, .timeLimit(.minutes(15)))
struct BackupTests {
    @Test("Of a store that syncs and changes all the time, every backup is consistent", arguments: DatabaseKind.allCases)
    func live(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            let steady = Dictionary(uniqueKeysWithValues: (0..<50).map { ("s\($0)", "steady \($0)") })
            try await pulpctl.serve(steady)
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "steady").status == 0)
            let remote = try await pulpctl.run(
                "file", "remote", "create", "--name", "locked", "--url", "https://example.org/PULP_MANIFEST", "--username", "u",
                "--password", "secret")
            #expect(remote.status == 0, "\(remote.errors)")
            try await pulpctl.withWriters {
                for round in 0..<3 {
                    let run = try await pulpctl.run("backup", pulpctl.backup, "--json")
                    #expect(run.status == 0, "\(run.errors)")
                    #expect(try run.json["missing"] == [])
                    try await pulpctl.restoring(kind, "--json") { restored, run in
                        #expect(run.status == 0, "round \(round): \(run.output) \(run.errors)")
                        #expect(try run.json["violations"] == [])
                        #expect(try await restored.served("steady") == steady)
                        #expect(try await restored.run("fsck", "--verify").output == "nothing is wrong\n")
                        try await restored.withPulp { pulp in
                            let remote = try #require(try await pulp.find(FileRemote.self, named: "locked"))
                            #expect(remote.value.remote.password == "secret")
                            #expect(try await pulp.tasks.list(TaskFilter(states: [.running, .canceling])).total == 0)
                        }
                        // It is a store like any other.
                        try await restored.serve(["new": "file"])
                        #expect(try await restored.run("file", "mirror", restored.upstream, "--at", "other").status == 0)
                        #expect(try await restored.served("other") == ["new": "file"])
                    }
                }
            }
        }
    }

    @Test("Killed while it copies, it goes on where it was, and the backup before is whole all the time", arguments: DatabaseKind.allCases)
    func killed(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            try await pulpctl.serve(["first": "one"])
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            #expect(try await pulpctl.run("backup", pulpctl.backup).status == 0)
            let files = Dictionary(uniqueKeysWithValues: (0..<400).map { ("f\($0)", "file \($0)") })
            try await pulpctl.serve(files)
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            // A pipe in place of the last artifact: whoever opens it waits for the other end.
            let last = try await pulpctl.withPulp { try #require(try await $0.artifacts.list().last) }
            let path = "\(pulpctl.store)/media/artifact/\(last.sha256.hex.prefix(2))/\(last.sha256.hex.dropFirst(2))"
            let bytes = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.removeItem(atPath: path)
            #expect(mkfifo(path, 0o600) == 0)
            let run = try await pulpctl.run(["backup", pulpctl.backup], signal: SIGKILL) {
                while try pulpctl.copied() < 256 {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
            #expect(run.status == SIGKILL)
            try FileManager.default.removeItem(atPath: path)
            try bytes.write(to: URL(filePath: path))
            try await pulpctl.restoring(kind) { restored, run async throws in
                #expect(run.status == 0, "\(run.output) \(run.errors)")
                #expect(try await restored.served("m") == ["first": "one"])
            }
            let next = try await pulpctl.run("backup", pulpctl.backup, "--json")
            #expect(next.status == 0, "\(next.errors)")
            // All but the group of 256 that was whole before, and the old artifacts.
            let artifacts = try await pulpctl.withPulp { try await $0.artifacts.list().count }
            #expect(try next.json["artifacts"] == .integer(artifacts))
            #expect(try next.json["copied"] == .integer(artifacts - 256))
            let staged = try FileManager.default.subpathsOfDirectory(atPath: pulpctl.backup + "/media/staging")
            #expect(Set(staged) == ["gate", "turn"])
            try await pulpctl.restoring(kind) { restored, run async throws in
                #expect(run.status == 0, "\(run.output) \(run.errors)")
                #expect(try await restored.served("m") == files)
                #expect(try await restored.run("fsck", "--verify").output == "nothing is wrong\n")
            }
        }
    }

    @Test("What is damaged in a backup is named line by line, and all else is there", arguments: DatabaseKind.allCases)
    func damaged(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            try await pulpctl.serve(["a": "one", "b": "two", "c": "three"])
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            #expect(try await pulpctl.run("backup", pulpctl.backup).output.hasPrefix("saved the database, "))
            let (one, two) = (sha256(of: "one"), sha256(of: "two"))
            func copy(_ digest: String) -> String { "\(pulpctl.backup)/media/artifact/\(digest.prefix(2))/\(digest.dropFirst(2))" }
            try Data("onE".utf8).write(to: URL(filePath: copy(one)))
            try FileManager.default.removeItem(atPath: copy(two))
            try await pulpctl.restoring(kind) { restored, run async throws in
                #expect(run.status == 1)
                #expect(
                    Set(run.lines.dropLast()) == [
                        "the artifact \(two) is missing in the backup", "the artifact \(one) is damaged in the backup",
                        "the artifact \(one) has no bytes in the store", "the artifact \(two) has no bytes in the store",
                    ])
                #expect(run.lines.last?.hasSuffix("; 2 things are wrong") == true, "\(run.output)")
                let repair = try await restored.run("repair", environment: ["PULP_ALLOWED_IMPORT_PATHS": pulpctl.upstream])
                #expect(repair.output == "2 missing, 0 damaged, 2 repaired\n", "\(repair.errors)")
                #expect(try await restored.served("m") == ["a": "one", "b": "two", "c": "three"])
            }
            // Read again, the backup heals.
            #expect(try await pulpctl.run("backup", pulpctl.backup, "--verify", "--json").json["copied"] == 2)
            try await pulpctl.restoring(kind, "--no-verify") { _, run in #expect(run.status == 0, "\(run.output) \(run.errors)") }
            // A store that lacks bytes says which, and saves the rest.
            try FileManager.default.removeItem(atPath: "\(pulpctl.store)/media/artifact/\(one.prefix(2))/\(one.dropFirst(2))")
            try FileManager.default.removeItem(atPath: copy(one))
            let partial = try await pulpctl.run("backup", pulpctl.backup)
            #expect(partial.status == 1)
            #expect(partial.lines.first == "the artifact \(one) is missing in the store")
        }
    }

    @Test("A restore says what it would do, refuses a store that has something, and is finished before the store is used")
    func refusals() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.serve(["a": "one"])
            #expect(try await pulpctl.run("file", "mirror", pulpctl.upstream, "--at", "m").status == 0)
            #expect(try await pulpctl.run("backup", pulpctl.backup).status == 0)
            let occupied = try await pulpctl.run("restore", pulpctl.backup)
            #expect(occupied.status == 1)
            #expect(occupied.errors.contains("\(pulpctl.store)/pulp.sqlite is there already"), "\(occupied.errors)")
            let new = pulpctl.folder.path + "/new"
            let plan = try await pulpctl.run("restore", pulpctl.backup, "--dry-run", "--data-dir", new)
            #expect(plan.status == 0 && plan.output.hasPrefix("would restore the backup of "), "\(plan.errors)")
            #expect(!FileManager.default.fileExists(atPath: new))
            let other = try await pulpctl.run("restore", pulpctl.folder.path)
            #expect(other.errors.contains("there is no backup"), "\(other.errors)")
            #expect(try await pulpctl.run("restore", pulpctl.backup, "--data-dir", new).status == 0)
            try Data(try BackupManifest(in: pulpctl.backup).id.utf8).write(to: URL(filePath: new + "/restore.unfinished"))
            let unfinished = try await pulpctl.run("fsck", "--data-dir", new)
            #expect(unfinished.errors.contains("is not restored wholly: run pulpctl restore again"))
            #expect(try await pulpctl.run("restore", pulpctl.backup, "--data-dir", new).status == 0)
            #expect(try await pulpctl.run("fsck", "--data-dir", new).status == 0)
        }
    }
}

extension Program {
    fileprivate var backup: String { folder.path + "/backup" }

    /// Restores the backup into a store of its own, and runs a body with it.
    fileprivate func restoring(_ kind: DatabaseKind, _ words: String..., body: (Program, Run) async throws -> Void) async throws {
        let backup = backup
        try await Program.with(kind) { restored in
            try await body(restored, try await restored.run(["restore", backup] + words))
        }
    }

    /// How many artifacts the backup has.
    fileprivate func copied() throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: backup + "/media/artifact").count { $0.contains("/") }
    }

    /// Runs a body while this process, which is another than the program's, syncs and changes repositories without a pause.
    fileprivate func withWriters(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withFakeRemote { remote in
            try await withPulp { pulp in
                let end = End()
                remote.serve(["0": "sync 0"])
                let source = try await pulp.create(FileRemote(name: "busy", url: remote.url(of: "/PULP_MANIFEST")))
                let synced = try await pulp.create(FileRepository(name: "synced"))
                let changed = try await pulp.create(FileRepository(name: "changed", autopublish: true))
                let syncs: @Sendable (Int) async throws -> Void = { round in
                    remote.serve(["\(round % 5)": "sync \(round)", "same": "same"])
                    _ = try await pulp.run(SynchronizeFiles(synced.id, from: source.id, mirror: round.isMultiple(of: 2)))
                }
                let changes: @Sendable (Int) async throws -> Void = { round in
                    let artifact = try await pulp.artifacts.add(ByteBuffer(string: "change \(round)"))
                    let path = try RelativePath("\(round % 7)/file")
                    _ = try await pulp.run(CreateContent(FileContent.self, of: artifact.id, at: path, in: changed.id.cast()))
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { end.come() }
                        try await body()
                    }
                    for work in [syncs, changes] {
                        group.addTask {
                            var round = 0
                            while !end.hasCome {
                                round += 1
                                try await work(round)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}

/// Tells those who work that somebody is done.
private final class End: Sendable {
    private let flag = Atomic(false)

    var hasCome: Bool { flag.load(ordering: .relaxed) }
    func come() { flag.store(true, ordering: .relaxed) }
}
