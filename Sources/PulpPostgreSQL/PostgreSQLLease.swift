internal import Logging
internal import PulpCore

/// A lease as an advisory lock of a session with its own connection.
///
/// The server gives it up when the connection ends, however it ends. The connection's thread does nothing but to hold the lease,
/// and to take it again on a new connection when one breaks: a server that was restarted finds its clients alive.
final class PostgreSQLLease: DatabaseLease {
    private let wakeUp: WakeUp
    private let released = Completion()

    private init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }

    deinit { wakeUp.wake() }

    /// - Returns: nil when a session, of this process or another, holds the lease.
    static func acquire(_ name: String, _ parameters: ConnectionParameters, logger: Logger) async throws -> PostgreSQLLease? {
        let wakeUp = try WakeUp()
        let lease = PostgreSQLLease(wakeUp)
        let released = lease.released
        let isHeld = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Bool, any Error>) in
            startThread("pulp.lease") {
                let holder = LeaseHolder(name, parameters, wakeUp, logger)
                do {
                    let isHeld = try holder.acquire()
                    continuation.resume(returning: isHeld)
                    if isHeld { holder.keep() }
                } catch {
                    continuation.resume(throwing: error)
                }
                released.complete()
            }
        }
        return isHeld ? lease : nil
    }

    func release() async {
        wakeUp.wake()
        await released.wait()
    }
}

/// What the thread of a lease does.
private final class LeaseHolder {
    private let name: String
    private let parameters: ConnectionParameters
    private let wakeUp: WakeUp
    private let logger: Logger
    private var connection: PostgreSQLConnection?

    init(_ name: String, _ parameters: ConnectionParameters, _ wakeUp: WakeUp, _ logger: Logger) {
        (self.name, self.parameters, self.wakeUp, self.logger) = (name, parameters, wakeUp, logger)
    }

    /// Takes the lock on a new connection.
    /// - Returns: false when somebody else holds it.
    func acquire() throws -> Bool {
        connection = nil
        let connection = try PostgreSQLConnection(to: parameters, logger: logger)
        do {
            var isHeld = false
            let sql: SQL = "SELECT pg_try_advisory_lock(hashtextextended(\(name), \(raw: AdvisoryLock.leases)))"
            let (text, bindings) = sql.rendered(for: .postgreSQL)
            try connection.run(text, bindings) { isHeld = try $0.get(0) }
            if isHeld { self.connection = connection }
            return isHeld
        } catch let error as ServerError {
            throw error.error
        }
    }

    /// Holds the lock until the thread is woken.
    func keep() {
        while true {
            if let connection {
                if Self.wait(on: connection, wakeUp) { return release(connection) }
                logger.notice("lost a lease with its connection to PostgreSQL", metadata: ["lease": "\(name)"])
                self.connection = nil
            }
            if case .woken = wakeUp.wait(for: -1, milliseconds: 100) { return }
            do { _ = try acquire() } catch {
                // Still away. The first line in the log says it; the next round tries again.
                logger.debug("a lease could not be taken again yet", metadata: ["lease": "\(name)", "error": "\(error)"])
            }
        }
    }

    /// - Returns: false when the connection has ended.
    private static func wait(on connection: PostgreSQLConnection, _ wakeUp: WakeUp) -> Bool {
        while true {
            switch wakeUp.wait(for: connection.socket, milliseconds: -1) {
            case .woken: return true
            case .timeout, .nudged: continue
            case .input: do { _ = try connection.takeNotifications() } catch { return false }
            }
        }
    }

    private func release(_ connection: PostgreSQLConnection) {
        do { try connection.command("SELECT pg_advisory_unlock_all()") } catch {
            // The end of the connection, which is next, releases the lock as well.
            logger.debug("a lease ended with its connection", metadata: ["lease": "\(name)"])
        }
    }
}
