internal import Glibc

/// A process in one of its roles as others know it: a row, and a lease that ends when the process does.
struct Presence: Sendable {
    /// What a process is there for.
    enum Role: String, Sendable, CaseIterable {
        case api, content, worker
    }

    let role: Role
    let key: Int64
    let uuid: String
    private let lease: any DatabaseLease

    /// The lease comes first: a row without a lease is a dead process's.
    static func register(_ role: Role, in database: any Database) async throws -> Presence {
        let uuid = UUIDv7.make()
        guard let lease = try await database.acquireLease(leaseName(uuid)) else {
            throw DatabaseError(.other, "the lease of a new process is taken")
        }
        do {
            let key = try await database.write { db in try db.value(insertion(role, uuid), as: Int64.self) }
            guard let key else { throw DatabaseError(.other, "a process was not inserted") }
            return Presence(role: role, key: key, uuid: uuid, lease: lease)
        } catch {
            await lease.release()
            throw error
        }
    }

    private static func insertion(_ role: Role, _ uuid: String) -> SQL {
        let name = "\(getpid())@\(hostName())"
        let now = Timestamp.now
        let columns: SQL = role == .worker ? "" : ", role"
        let values: SQL = role == .worker ? "" : ", \(role.rawValue)"
        return """
            INSERT INTO \(sql: role.table) (uuid, name, started, heartbeat\(sql: columns))
            VALUES (\(uuid), \(name), \(now), \(now)\(sql: values)) RETURNING id
            """
    }

    /// Removes the row; the lease goes last.
    func unregister(from database: any Database) async throws {
        let (key, table) = (key, role.table)
        do {
            _ = try await database.write { db in try db.execute("DELETE FROM \(sql: table) WHERE id = \(key)") }
        } catch {
            await lease.release()
            throw error
        }
        await lease.release()
    }

    /// Shows that the process lives.
    /// - Returns: false when it was declared dead.
    func beat(in database: any Database) async throws -> Bool {
        let (key, uuid, table) = (key, uuid, role.table)
        return try await database.write { db in
            try db.execute("UPDATE \(sql: table) SET heartbeat = \(Timestamp.now) WHERE id = \(key) AND uuid = \(uuid)") == 1
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

extension Presence.Role {
    /// Workers have a table of their own, which tasks refer to.
    var table: SQL { self == .worker ? "worker" : "app_status" }
}
