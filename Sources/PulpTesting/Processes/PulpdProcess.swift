public import Foundation
internal import PulpCore
internal import Synchronization

/// A `pulpd` that a test started.
public final class PulpdProcess: Sendable {
    private struct Log {
        var text = ""
        var content: String?
        var api: String?
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []

        /// Takes more of the log, until both addresses are known or will not come any more.
        mutating func read(_ more: String) {
            guard content == nil || api == nil, text.utf8.count < 1 << 16 else { return }
            text += more
            content = text.firstMatch(of: /address=(\S+) .*content server listens/).map { String($0.1) }
            api = text.firstMatch(of: /address=(\S+) .*API listens/).map { String($0.1) }
        }
    }

    private final class Reader: Sendable {
        let log = Mutex(Log())
        let file: FileHandle?

        init(file: FileHandle?) { self.file = file }

        func read(_ data: Data) {
            // What cannot be kept is still in the text, as far as it matters there.
            try? file?.write(contentsOf: data)
            let waiting = log.withLock { log in
                if data.isEmpty { log.hasEnded = true }
                log.read(String(decoding: data, as: UTF8.self))
                defer { log.waiting = [] }
                return log.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// The process itself.
    public let process: ChildProcess
    private let reader: Reader

    /// Starts the `pulpd` of this package, whose servers listen on free ports of the loopback interface.
    /// - Parameters:
    ///   - environment: what configures it.
    ///   - log: a file that its log is added to; nil when nobody wants it.
    public init(environment: [String: String], folder: URL, log: URL? = nil, leash: ProcessLeash? = nil) throws {
        var file: FileHandle?
        if let log {
            if !FileManager.default.fileExists(atPath: log.path()) { try Data().write(to: log) }
            file = try FileHandle(forWritingTo: log)
            try file?.seekToEnd()
        }
        let reader = Reader(file: file)
        self.reader = reader
        let standard = ["PATH": "/usr/bin:/bin", "PULP_CONTENT_LISTEN": "127.0.0.1:0", "PULP_API_LISTEN": "127.0.0.1:0"]
        process = try ChildProcess(
            ChildProcess.program("pulpd"), environment: standard.merging(environment) { _, new in new }, folder: folder, leash: leash,
            onErrors: { reader.read($0) })
    }

    /// The address at which it serves content; nil while it does not yet.
    public var contentAddress: String? { reader.log.withLock { $0.content } }

    /// Waits until it serves content.
    /// - Returns: the address: `127.0.0.1:40000`.
    /// - Throws: ``PulpError`` with what it said, when it ended before.
    public func listens() async throws -> String { try await address("served content") { $0.content } }

    /// Waits until it answers requests to its API.
    /// - Returns: the address: `127.0.0.1:40001`.
    /// - Throws: ``PulpError`` with what it said, when it ended before.
    public func answers() async throws -> String { try await address("answered requests") { $0.api } }

    private func address(_ purpose: String, _ wanted: @Sendable (Log) -> String?) async throws -> String {
        while true {
            let (address, hasEnded, text) = reader.log.withLock { (wanted($0), $0.hasEnded, $0.text) }
            if let address { return address }
            guard !hasEnded else { throw PulpError(.systemState, "pulpd ended before it \(purpose); it said: \(text)") }
            await withCheckedContinuation { continuation in
                let isKnown = reader.log.withLock { log in
                    let isKnown = log.hasEnded || wanted(log) != nil
                    if !isKnown { log.waiting.append(continuation) }
                    return isKnown
                }
                if isKnown { continuation.resume() }
            }
        }
    }
}
