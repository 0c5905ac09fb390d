internal import Logging

/// What a process that runs no tasks is there for.
public enum AppRole: String, Sendable, CaseIterable {
    /// It answers requests of the API.
    case api
    /// It serves content.
    case content
}

/// A process that is there, as `status` shows it.
public struct AppRecord: Sendable, Hashable {
    /// What it is there for.
    public let role: AppRole
    /// `pid@host`.
    public let name: String
    /// When the process appeared.
    public let started: Timestamp
    /// When the process last said that it lives.
    public let heartbeat: Timestamp
}

extension Pulp {
    /// Shows others that this process is there in a role, until the surrounding Swift task is canceled.
    ///
    /// Goes on when the database was away. A process whose database user may not write stays unseen, and serves all the same.
    public func appear(as role: AppRole) async {
        var presence: Presence?
        while !Task.isCancelled {
            var pause = settings.heartbeatInterval
            do {
                if let current = presence {
                    if try await !current.beat(in: database) {
                        await current.giveUp()
                        presence = nil
                        continue
                    }
                } else {
                    presence = try await Presence.register(role == .api ? .api : .content, in: database)
                }
            } catch let error as DatabaseError where error.code == .readOnly {
                logger.notice("this process does not appear in the status: its database user may not write")
                return
            } catch {
                pause = min(pause, .seconds(1))
            }
            // Ends by cancellation, which is all that sleeping can throw.
            guard (try? await Task.sleep(for: pause)) != nil else { break }
        }
        guard let presence else { return }
        // A task of its own: the surrounding one is canceled. Whoever sweeps next finds a row that could not be removed.
        _ = try? await Task { [database] in try await presence.unregister(from: database) }.value
    }

    /// The processes that are there and run no tasks, the oldest first; one that died is among them for a second or two.
    public func apps() async throws -> [AppRecord] {
        try await database.read { db in
            try db.query("SELECT role, name, started, heartbeat FROM app_status ORDER BY id").compactMap { row in
                guard let role = AppRole(rawValue: try row.get(0)) else { return nil }
                return AppRecord(role: role, name: try row.get(1), started: try row.get(2), heartbeat: try row.get(3))
            }
        }
    }
}
