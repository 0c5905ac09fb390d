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

    /// The programs stand beside the bundle of tests.
    static func executable(_ name: String) -> URL {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let candidates = [own] + CommandLine.arguments
        let folders = candidates.map { URL(filePath: $0).deletingLastPathComponent() }
        let found = folders.map { $0.appending(path: name) }
        return found.first { FileManager.default.isExecutableFile(atPath: $0.path()) } ?? found[0]
    }

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
        let process = Process()
        process.executableURL = Self.executable("pulpctl")
        process.arguments = words
        process.environment = [
            "PATH": "/usr/bin:/bin", "PULP_DATA_DIR": store, "PULP_ALLOWED_IMPORT_PATHS": upstream, "PULP_DATABASE_URL": database.url ?? "",
        ].merging(environment) { _, new in new }
        process.currentDirectoryURL = folder.url
        let run = UUID().uuidString
        let (output, errors) = (folder.url.appending(path: "\(run).out"), folder.url.appending(path: "\(run).err"))
        for url in [output, errors] { try Data().write(to: url) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        let (ended, continuation) = AsyncStream.makeStream(of: Never.self)
        let (started, start) = AsyncStream.makeStream(of: CInt.self)
        let striking = Task {
            for await identifier in started {
                do { try await moment?() } catch is CancellationError { return }
                if moment != nil { kill(identifier, signal) }
            }
        }
        process.terminationHandler = { _ in
            striking.cancel()
            continuation.finish()
        }
        try process.run()
        start.yield(process.processIdentifier)
        start.finish()
        try await striking.value
        for await _ in ended {}
        guard !process.isRunning else {
            // The test was canceled.
            process.terminate()
            throw CancellationError()
        }
        return Run(
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self), status: process.terminationStatus)
    }
}

func sha256(of text: String) -> String {
    Array(text.utf8).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256])[.sha256] ?? "" }
}
