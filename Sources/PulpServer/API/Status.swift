import Foundation
import Logging
import PulpCore

/// What `status/` says: which components there are, which processes are alive, and whether the parts work.
struct Status: Sendable {
    /// A process that is alive.
    struct Process: Sendable, Hashable {
        /// `PID@HOST`.
        let name: String
        let heartbeat: Timestamp
    }

    /// The space of a file system, in bytes.
    struct Storage: Sendable, Hashable {
        let total: Int
        let used: Int
        let free: Int

        /// Of the file system that a path is on; nil when there is no such path.
        init?(_ path: String) {
            var status = statvfs()
            guard statvfs(path, &status) == 0 else { return nil }
            let unit = Int(status.f_frsize)
            total = Int(status.f_blocks) * unit
            // As Python's shutil counts: what root alone may use is neither used nor free.
            used = (Int(status.f_blocks) - Int(status.f_bfree)) * unit
            free = Int(status.f_bavail) * unit
        }
    }

    let plugins: [Plugin]
    let settings: Settings
    var workers: [Process] = []
    var apiProcesses: [Process] = []
    var contentProcesses: [Process] = []
    var isDatabaseConnected = false

    /// Looks at the database; one that is away is part of the status, not an error.
    mutating func look(at database: any Database) async {
        let horizon = Timestamp.now - settings.workerLifetime
        do {
            let processes = try await database.read { db in
                try db.query(
                    """
                    SELECT 'worker', name, heartbeat, id FROM worker WHERE heartbeat > \(horizon)
                    UNION ALL SELECT role, name, heartbeat, id FROM app_status WHERE heartbeat > \(horizon) ORDER BY 4
                    """
                ).map { (role: try $0.get(0, as: String.self), process: Process(name: try $0.get(1), heartbeat: try $0.get(2))) }
            }
            func those(_ role: String) -> [Process] { processes.filter { $0.role == role }.map(\.process) }
            (workers, apiProcesses, contentProcesses) = (those("worker"), those("api"), those("content"))
            isDatabaseConnected = true
        } catch {
            settings.logger.warning("the database is away", metadata: ["error": "\(error)"])
        }
    }

    var json: JSON {
        let components = Compatibility.components(plugins)
        let versions = JSON.object(JSON.Object(components.map { (name: $0.name, value: .string($0.version)) }))
        func list(_ processes: [Process]) -> JSON {
            .array(
                processes.map { process in
                    [
                        "name": .string(process.name), "last_heartbeat": .string(process.heartbeat.description),
                        "versions": versions,
                    ]
                })
        }
        return [
            "versions": .array(
                components.map { component in
                    [
                        "component": .string(component.name), "version": .string(component.version),
                        "package": .string(component.package), "module": .string(component.module),
                        "domain_compatible": true,
                    ]
                }),
            "online_workers": list(workers),
            "online_api_apps": list(apiProcesses),
            "online_content_apps": list(contentProcesses),
            "database_connection": ["connected": .bool(isDatabaseConnected)],
            "redis_connection": ["connected": false],
            "storage": Storage(settings.dataDirectory).map { storage in
                ["total": .integer(storage.total), "used": .integer(storage.used), "free": .integer(storage.free)]
            } ?? .null,
            "content_settings": [
                "content_origin": .string(settings.contentOrigin),
                "content_path_prefix": .string(settings.contentPathPrefix),
            ],
            "domain_enabled": false,
        ]
    }
}
