internal import Logging
internal import PulpCore
internal import Synchronization

/// Hears `NOTIFY` on a connection and a thread of its own, which start with the first listener.
///
/// A notification that nobody could hear is made up for: whenever the connection is (again) there, listeners look.
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
    private let wakeUp: WakeUp
    private let ended = Completion()

    init(_ parameters: ConnectionParameters, logger: Logger) throws {
        (self.parameters, self.logger) = (parameters, logger)
        wakeUp = try WakeUp()
    }

    func stream() -> AsyncStream<Void> {
        let stream = announcements.stream()
        let starts = state.withLock { state in
            guard case .idle = state else { return false }
            state = .listening
            return true
        }
        if starts { start() }
        return stream
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
            pause = min(pause * 2, 10_000)
        }
    }

    /// Listens until it is told to end (true) or the connection fails.
    private func listen(onConnection: () -> Void) throws -> Bool {
        let connection = try PostgreSQLConnection(to: parameters, logger: logger)
        do {
            try connection.command("LISTEN \(Self.channel)")
            onConnection()
            announcements.announce()
            while true {
                switch wakeUp.wait(for: connection.socket, milliseconds: -1) {
                case .woken: return true
                case .timeout: continue
                case .input: if try connection.takeNotifications() { announcements.announce() }
                }
            }
        } catch let error as ServerError {
            throw error.error
        }
    }
}
