internal import Foundation
internal import PulpCore
internal import Synchronization

/// `pg_dump` or `pg_restore`, as the operating system's packages bring them.
struct ClientProgram: Sendable {
    let name: String
    /// Where Debian and Ubuntu keep them: a folder for each major version.
    private static let versions = "/usr/lib/postgresql"

    /// The version to take among those that are installed: the server's own, or the oldest newer one; nil when all are older.
    static func version(among installed: [Int], server: Int) -> Int? {
        installed.filter { $0 >= server }.min()
    }

    /// - Throws: ``DatabaseError`` that names the package.
    func path(server: Int) throws -> String {
        let files = FileManager.default
        // No folder, no version: `PATH` is next.
        let installed = ((try? files.contentsOfDirectory(atPath: Self.versions)) ?? []).compactMap(Int.init)
            .filter { files.isExecutableFile(atPath: "\(Self.versions)/\($0)/bin/\(name)") }
        if let version = Self.version(among: installed, server: server) { return "\(Self.versions)/\(version)/bin/\(name)" }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        if let folder = folders.first(where: { files.isExecutableFile(atPath: "\($0)/\(name)") }) { return "\(folder)/\(name)" }
        throw DatabaseError(
            .other, "\(name) is not installed: install the package postgresql-client-\(server), or postgresql-client where it is as new")
    }

    /// Runs the program to its end; ends it when the surrounding task is canceled.
    /// - Throws: ``DatabaseError`` with what the program said.
    func run(server: Int, _ arguments: [String], to service: ServiceFile) async throws {
        let process = Process()
        process.executableURL = URL(filePath: try path(server: server))
        process.arguments = ["--no-password", "--dbname=\(service.connection)"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(service.environment) { _, new in new }
        process.standardInput = try service.open()
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        let running = Running(process)
        let (status, message) = try await withTaskCancellationHandler {
            try await onThread("pulp.\(name)") { () -> (Int32, String) in
                try running.start()
                let message = errors.fileHandleForReading.readDataToEndOfFile()
                return (running.finish(), String(decoding: message, as: UTF8.self))
            }
        } onCancel: {
            running.cancel()
        }
        try Task.checkCancellation()
        guard status != 0 else { return }
        throw DatabaseError(.other, "\(name) failed: \(message.split(whereSeparator: \.isNewline).joined(separator: " "))")
    }
}

/// A process that may be told to end before it begins.
private final class Running: Sendable {
    private enum Phase { case waiting, running, canceled }

    private let process: Process
    private let phase = Mutex(Phase.waiting)

    init(_ process: Process) { self.process = process }

    func start() throws {
        try phase.withLock { phase in
            guard phase == .waiting else { throw CancellationError() }
            try process.run()
            phase = .running
        }
    }

    func finish() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    func cancel() {
        phase.withLock { phase in
            if phase == .running { process.terminate() }
            phase = .canceled
        }
    }
}
