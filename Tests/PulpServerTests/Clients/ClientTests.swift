import Foundation
import PulpCore
import PulpTesting
import Testing

/// What others published for Pulp drives a `pulpd`, unchanged.
///
/// `make deps` installs it below `.build/python`. Each test is a script beside this file, which says what was wrong, and can be run
/// against any server.
@Suite("Published clients", .serialized)
struct ClientTests {
    @Test("pulp-cli can do whatever it has a command for", arguments: DatabaseKind.allCases)
    func commandLine(_ kind: DatabaseKind) async throws { try await Self.run("pulp_commands.py", on: kind) }

    @Test("The bindings of pulpcore and pulp_file understand every answer", arguments: DatabaseKind.allCases)
    func bindings(_ kind: DatabaseKind) async throws { try await Self.run("bindings.py", on: kind) }

    @Test("What was asked of Pulp is answered as Pulp answered it", arguments: DatabaseKind.allCases)
    func samples(_ kind: DatabaseKind) async throws { try await Self.run("samples.py", on: kind) }

    @Test("Answers are what the API's own document says of them")
    func document() async throws { try await Self.run("document.py", on: .sqlite) }

    /// Runs a script beside a `pulpd` of its own, and records what it wrote when it did not succeed.
    private static func run(_ script: String, on kind: DatabaseKind) async throws {
        let python = try python()
        try await kind.withTemporaryDatabase { database in
            try await TemporaryDirectory.with { folder in
                let leash = try ProcessLeash()
                var environment = ["PULP_DATA_DIR": folder.path + "/data", "PULP_ADMIN_PASSWORD": password]
                environment["PULP_DATABASE_URL"] = database.url
                // Distributions say where they are served: a port below those that the system gives to others.
                environment["PULP_CONTENT_LISTEN"] = "127.0.0.1:\(Int.random(in: 20_000..<30_000))"
                let log = folder.url.appending(path: "pulpd.log")
                let pulpd = try PulpdProcess(environment: environment, folder: folder.url, log: log, leash: leash)
                let (output, errors) = (ProcessOutput(), ProcessOutput())
                let program = try ChildProcess(
                    python,
                    arguments: [
                        "-W", "ignore", Self.folder.appending(path: script).path, "--password", password,
                        "--base-url", "http://\(try await pulpd.answers())", "--content-url", "http://\(try await pulpd.listens())",
                    ],
                    environment: [
                        "PATH": "/usr/bin:/bin", "HOME": folder.path, "TMPDIR": folder.path, "LANG": "C.UTF-8",
                        "PYTHONDONTWRITEBYTECODE": "1",
                    ],
                    folder: folder.url, leash: leash, onOutput: { output.append($0) }, onErrors: { errors.append($0) })
                let end = await withTaskCancellationHandler {
                    await program.waitForEnd()
                } onCancel: {
                    program.send(SIGTERM)
                }
                let said = await output.text() + errors.text()
                pulpd.process.send(SIGTERM)
                let stopped = await pulpd.process.waitForEnd()
                let failures = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").filter { $0.contains(" error pulp") }
                #expect(end == .exited(0), "\(script):\n\(said)\npulpd:\n\(failures.joined(separator: "\n"))")
                #expect(stopped == .exited(0))
            }
        }
    }

    private static let password = "not-a-secret"
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// The interpreter that has the clients.
    private static func python() throws -> URL {
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let python = root.appending(path: ".build/python/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw PulpError(.systemState, "there are no clients in \(root.path)/.build/python, and tests need them: make deps")
        }
        return python
    }
}
