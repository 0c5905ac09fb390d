internal import Logging
internal import PulpCore

/// A lease as an advisory lock of a session with its own connection.
///
/// The server gives it up when the connection ends, however it ends. The connection's thread does nothing but to hold it, and to
/// tell the log when it is lost.
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
                do {
                    let connection = try PostgreSQLConnection(to: parameters, logger: logger)
                    let isHeld = try connection.lock(name)
                    continuation.resume(returning: isHeld)
                    if isHeld { connection.keep(name, until: wakeUp, logger: logger) }
                } catch let error as ServerError {
                    continuation.resume(throwing: error.error)
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

extension PostgreSQLConnection {
    fileprivate func lock(_ name: String) throws -> Bool {
        var isHeld = false
        let sql: SQL = "SELECT pg_try_advisory_lock(hashtextextended(\(name), \(raw: AdvisoryLock.leases)))"
        let (text, bindings) = sql.rendered(for: .postgreSQL)
        try run(text, bindings) { isHeld = try $0.get(0) }
        return isHeld
    }

    fileprivate func keep(_ name: String, until wakeUp: WakeUp, logger: Logger) {
        waiting: while true {
            switch wakeUp.wait(for: socket, milliseconds: -1) {
            case .woken: break waiting
            case .timeout: continue
            case .input:
                do { _ = try takeNotifications() } catch {
                    logger.error("lost the lease with the connection to PostgreSQL", metadata: ["lease": "\(name)"])
                    return
                }
            }
        }
        do { try command("SELECT pg_advisory_unlock_all()") } catch {
            // The end of the connection, which is next, releases the lock as well.
            logger.debug("a lease ended with its connection", metadata: ["lease": "\(name)"])
        }
    }
}
