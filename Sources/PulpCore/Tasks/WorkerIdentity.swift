internal import Glibc

/// A worker as others know it: a row, and a lease that ends when its process does.
struct WorkerIdentity: Sendable {
    let key: Int64
    let uuid: String
    private let lease: any DatabaseLease

    /// The lease comes first: a row without a lease is a dead worker's.
    static func register(in database: any Database) async throws -> WorkerIdentity {
        let uuid = UUIDv7.make()
        guard let lease = try await database.acquireLease(leaseName(uuid)) else {
            throw DatabaseError(.other, "the lease of a new worker is taken")
        }
        let name = "\(getpid())@\(hostName())"
        do {
            let key = try await database.write { db in
                let now = Timestamp.now
                return try db.value(
                    """
                    INSERT INTO worker (uuid, name, started, heartbeat) VALUES (\(uuid), \(name), \(now), \(now))
                    RETURNING id
                    """, as: Int64.self)
            }
            guard let key else { throw DatabaseError(.other, "a worker was not inserted") }
            return WorkerIdentity(key: key, uuid: uuid, lease: lease)
        } catch {
            await lease.release()
            throw error
        }
    }

    /// Removes the row; the lease goes last.
    func unregister(from database: any Database) async throws {
        let key = key
        do {
            _ = try await database.write { db in try db.execute("DELETE FROM worker WHERE id = \(key)") }
        } catch {
            await lease.release()
            throw error
        }
        await lease.release()
    }

    /// Shows that the worker lives.
    /// - Returns: false when it was declared dead.
    func beat(in database: any Database) async throws -> Bool {
        let key = key
        return try await database.write { db in
            try db.execute("UPDATE worker SET heartbeat = \(Timestamp.now) WHERE id = \(key)") == 1
        }
    }

    /// Ends the lease and leaves the row, if there still is one, to whoever sweeps next; as the end of a killed process does.
    func giveUp() async { await lease.release() }

    static func leaseName(_ uuid: String) -> String { "worker-\(uuid)" }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
