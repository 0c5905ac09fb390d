import Foundation
import PulpCore
import PulpTesting
import Testing

/// The built `pulpctl`, with a store and an upstream of its own.
struct Program: Sendable {
    let folder: TemporaryDirectory
    private let database: TemporaryDatabase

    /// What a run wrote, and how it ended.
    struct Run: Sendable {
        var output: String
        var errors: String
        var status: Int32

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// The output as JSON.
        var json: JSON {
            get throws { try JSON(parsing: output) }
        }
    }

    static func with(_ kind: DatabaseKind = .sqlite, _ body: (Program) async throws -> Void) async throws {
        try await kind.withTemporaryDatabase { database in
            try await TemporaryDirectory.with { folder in
                let program = Program(folder: folder, database: database)
                for path in [program.upstream, program.store] {
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                }
                try await body(program)
            }
        }
    }

    /// The program's database, as another process sees it.
    func withDatabase<Value>(_ body: (any Database) async throws -> Value) async throws -> Value {
        let own = TemporaryDatabase(description: "SQLite in the store") { try SQLiteDatabase(path: store + "/pulp.sqlite") }
        return try await (database.url == nil ? own : database).withDatabase(body)
    }

    var upstream: String { folder.path + "/upstream" }
    var store: String { folder.path + "/store" }

    /// Puts files upstream, with their manifest, in place of what is there.
    func serve(_ files: [String: String]) async throws {
        try FileManager.default.removeItem(atPath: upstream)
        var manifest = ""
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let url = URL(filePath: upstream).appending(path: path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            manifest += "\(path),\(sha256(of: text)),\(text.utf8.count)\n"
        }
        try FileManager.default.createDirectory(atPath: upstream, withIntermediateDirectories: true)
        try Data(manifest.utf8).write(to: URL(filePath: upstream + "/PULP_MANIFEST"))
    }

    /// Runs the program to its end.
    /// - Parameter environment: what is added to the surroundings.
    func run(_ words: String..., environment: [String: String] = [:]) async throws -> Run {
        try await run(words, environment: environment)
    }

    /// - Parameters:
    ///   - signal: what the program gets at the moment: as by Ctrl-C, unless told otherwise.
    ///   - moment: when it returns, the program gets the signal. It is canceled when the program has ended by itself.
    func run(
        _ words: [String], environment: [String: String] = [:], signal: CInt = SIGINT, at moment: (@Sendable () async throws -> Void)? = nil
    ) async throws -> Run {
        let (output, errors) = (ProcessOutput(), ProcessOutput())
        let environment = [
            "PATH": "/usr/bin:/bin", "PULP_DATA_DIR": store, "PULP_ALLOWED_IMPORT_PATHS": upstream, "PULP_DATABASE_URL": database.url ?? "",
        ].merging(environment) { _, new in new }
        let process = try ChildProcess(
            ChildProcess.program("pulpctl"), arguments: words, environment: environment, folder: folder.url,
            onOutput: { output.append($0) }, onErrors: { errors.append($0) })
        let striking = Task {
            do { try await moment?() } catch is CancellationError { return }
            if moment != nil { process.send(signal) }
        }
        let end = await withTaskCancellationHandler {
            await process.waitForEnd()
        } onCancel: {
            process.send(SIGTERM)
        }
        striking.cancel()
        try await striking.value
        try Task.checkCancellation()
        return Run(output: await output.text(), errors: await errors.text(), status: end.status)
    }
}

func sha256(of text: String) -> String {
    Array(text.utf8).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256])[.sha256] ?? "" }
}
