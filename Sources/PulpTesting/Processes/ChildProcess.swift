public import Foundation
internal import Glibc
internal import PulpCore
internal import Synchronization

/// A program that a test starts, sends signals to, and whose end it awaits.
///
/// ```swift
/// let pulpd = try ChildProcess(ChildProcess.program("pulpd"), environment: […], folder: folder.url)
/// pulpd.send(SIGKILL)
/// #expect(await pulpd.waitForEnd() == .killed(by: SIGKILL))
/// ```
public final class ChildProcess: Sendable {
    /// How a program ended.
    public enum End: Sendable, Hashable {
        case exited(CInt)
        case killed(by: CInt)

        /// The status that it exited with, or the signal that killed it.
        public var status: CInt {
            switch self {
            case .exited(let status): status
            case .killed(let signal): signal
            }
        }

        init(waitStatus: CInt) {
            let signal = waitStatus & 0x7F
            self = signal == 0 ? .exited((waitStatus >> 8) & 0xFF) : .killed(by: signal)
        }
    }

    /// The number by which the system knows the process.
    public let identifier: CInt
    private let ending = Ending()

    /// Starts a program; its standard input is empty.
    /// - Parameters:
    ///   - environment: all of it; nothing is inherited.
    ///   - folder: the current folder of the program.
    ///   - leash: ends the program when this process ends without having ended it; see ``ProcessLeash``.
    ///   - onOutput: given what comes on standard output, as it comes, and nothing at all at its end; nil when nobody wants it.
    ///   - onErrors: the same of standard error.
    /// - Throws: ``PulpError`` when the system does not start it.
    public init(
        _ program: URL, arguments: [String] = [], environment: [String: String], folder: URL, leash: ProcessLeash? = nil,
        onOutput: (@Sendable (Data) -> Void)? = nil, onErrors: (@Sendable (Data) -> Void)? = nil
    ) throws {
        var spawning = Spawning(folder: folder)
        defer { spawning.close() }
        try spawning.connect(STDOUT_FILENO, to: onOutput)
        try spawning.connect(STDERR_FILENO, to: onErrors)
        identifier = try spawning.start(program, arguments, environment)
        leash?.hold(identifier)
        spawning.read()
        let (identifier, ending) = (identifier, ending)
        startThread("pulp.child") {
            ending.await(identifier)
            leash?.release(identifier)
        }
    }

    /// How it ended; nil while it runs.
    public var end: End? { ending.end }

    /// Sends a signal, unless it has ended.
    public func send(_ signal: CInt) {
        ending.whileRunning { _ = kill(identifier, signal) }
    }

    /// Waits for its end, however long that takes; canceling does not end the waiting.
    public func waitForEnd() async -> End { await ending.wait() }

    /// A program of this package, which stands beside the bundle of tests or the program that runs.
    public static func program(_ name: String) -> URL {
        // Without the link there are still the arguments.
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let candidates = [own] + CommandLine.arguments
        let folders = candidates.map { URL(filePath: $0).deletingLastPathComponent() }
        let found = folders.map { $0.appending(path: name) }
        return found.first { FileManager.default.isExecutableFile(atPath: $0.path()) } ?? found[0]
    }
}

/// The end of a process, and who waits for it.
private final class Ending: Sendable {
    private struct State {
        var end: ChildProcess.End?
        var waiting: [CheckedContinuation<ChildProcess.End, Never>] = []
    }

    private let state = Mutex(State())

    var end: ChildProcess.End? { state.withLock { $0.end } }

    /// Does something, unless the process has ended.
    func whileRunning(_ body: () -> Void) {
        state.withLock { state in
            if state.end == nil { body() }
        }
    }

    /// Waits for the end of a process, and tells who waits.
    func await(_ process: CInt) {
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        // Until its end is known here, nobody else can get its number, and so nobody else the signals that are meant for it.
        let (end, waiting) = state.withLock { state in
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            let end = ChildProcess.End(waitStatus: status)
            state.end = end
            defer { state.waiting = [] }
            return (end, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: end) }
    }

    func wait() async -> ChildProcess.End {
        await withCheckedContinuation { continuation in
            let end = state.withLock { state in
                if state.end == nil { state.waiting.append(continuation) }
                return state.end
            }
            if let end { continuation.resume(returning: end) }
        }
    }
}
