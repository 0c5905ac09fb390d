internal import Logging
internal import PulpCore
internal import Synchronization

/// Hears and sends `NOTIFY` on a connection and a thread of its own, which start with the first listener or announcement.
///
/// A notification that nobody could hear is made up for: whenever the connection is (again) there, listeners look. One that could
/// not be sent, because the process was killed or cut off right after its commit, is made up for by whoever looks regularly.
final class PostgreSQLListener: Sendable {
    static let channel = "pulp"

    private enum State {
        case idle
        case listening
        case closed
    }

    private let parameters: ConnectionParameters
    private let logger: Logger
    private let announcements = Announcements()
    private let state = Mutex(State.idle)
    /// Whether there is an announcement that was not sent yet.
    private let isPending = Atomic(false)
    private let wakeUp: WakeUp
    private let ended = Completion()

    init(_ parameters: ConnectionParameters, logger: Logger) throws {
        (self.parameters, self.logger) = (parameters, logger)
        wakeUp = try WakeUp()
    }

    func stream() -> AsyncStream<Void> {
        let stream = announcements.stream()
        startOnce()
        return stream
    }

    /// Tells listeners here at once, and those of other processes as soon as the connection has a moment.
    func announce() {
        announcements.announce()
        isPending.store(true, ordering: .sequentiallyConsistent)
        startOnce()
        wakeUp.nudge()
    }

    private func startOnce() {
        let starts = state.withLock { state in
            guard case .idle = state else { return false }
            state = .listening
            return true
        }
        if starts { start() }
    }

    /// Ends the streams, and waits for nothing.
    func end() {
        announcements.finish()
        let wasIdle = state.withLock { state in
            defer { state = .closed }
            return if case .idle = state { true } else { false }
        }
        if wasIdle { ended.complete() }
        wakeUp.wake()
    }

    /// Ends the streams, and waits for the end of the connection.
    func close() async {
        end()
        await ended.wait()
    }

    private func start() {
        startThread("pulp.listen") { [self] in
            listenUntilWoken()
            ended.complete()
        }
    }

    /// Keeps listening, on a new connection when one fails.
    private func listenUntilWoken() {
        var pause: CInt = 100
        while true {
            do {
                if try listen(onConnection: { pause = 100 }) { return }
            } catch {
                logger.warning("lost the notifications of PostgreSQL", metadata: ["error": "\(error)"])
            }
            if case .woken = wakeUp.wait(for: -1, milliseconds: pause) { return }
            pause = min(pause * 2, 1000)
        }
    }

    /// Listens until it is told to end (true) or the connection fails.
    private func listen(onConnection: () -> Void) throws -> Bool {
        let connection = try PostgreSQLConnection(to: parameters, logger: logger)
        do {
            try connection.command("LISTEN \(Self.channel)")
            // Only this one's: nothing is lost with a notification that a crash of the server takes along.
            try connection.command("SET synchronous_commit = off")
            onConnection()
            announcements.announce()
            while true {
                try sendPending(on: connection)
                // Also what came while the server answered something else.
                if try connection.takeNotifications() { announcements.announce() }
                if case .woken = wakeUp.wait(for: connection.socket, milliseconds: -1) {
                    try sendPending(on: connection)
                    return true
                }
            }
        } catch let error as ServerError {
            throw error.error
        }
    }

    private func sendPending(on connection: PostgreSQLConnection) throws {
        guard isPending.exchange(false, ordering: .sequentiallyConsistent) else { return }
        try connection.command("NOTIFY \(Self.channel)")
    }
}
