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

    var object: JSON.Object { View<Status>.status.object(self) }

    static var shape: ObjectShape { View<Status>.status.shape }
}

extension View where Subject == Status {
    /// How the status is shown.
    static let status = View<Status>(
        name: "StatusResponse",
        properties: [
            Property("versions", .list(.object(component.shape)), isRequired: true, isReadOnly: false) { status in
                .array(Compatibility.components(status.plugins).map { .object(component.object(Component($0))) })
            },
            processes("online_workers", \.workers), processes("online_api_apps", \.apiProcesses),
            processes("online_content_apps", \.contentProcesses),
            Property("database_connection", flag("DatabaseConnectionResponse", "connected"), isRequired: true, isReadOnly: false) {
                ["connected": .bool($0.isDatabaseConnected)]
            },
            Property("redis_connection", flag("RedisConnectionResponse", "connected"), isReadOnly: false) { _ in ["connected": false] },
            Property("storage", .object(storage.shape), isReadOnly: false) { status in
                Status.Storage(status.settings.dataDirectory).map { .object(storage.object($0)) } ?? .null
            },
            Property("content_settings", .object(content.shape), isRequired: true, isReadOnly: false) {
                .object(content.object($0.settings))
            },
            Property("domain_enabled", .boolean, isRequired: true, isReadOnly: false) { _ in false },
        ])

    /// A part of the server, under the names that Pulp's have.
    struct Component: Sendable {
        let name, version, package, module: String

        init(_ component: (name: String, version: String, package: String, module: String)) {
            (name, version, package, module) = component
        }
    }

    private static let component = View<Component>(
        name: "VersionResponse",
        properties: [
            Property("component", .text, isRequired: true, isReadOnly: false) { .string($0.name) },
            Property("version", .text, isRequired: true, isReadOnly: false) { .string($0.version) },
            Property("package", .text, isRequired: true, isReadOnly: false) { .string($0.package) },
            Property("module", .text, isRequired: true, isReadOnly: false) { .string($0.module) },
            Property("domain_compatible", .boolean, isRequired: true, isReadOnly: false) { _ in true },
        ])

    private static func processes(_ name: String, _ path: any KeyPath<Status, [Status.Process]> & Sendable) -> Property<Status> {
        let shape = ObjectShape(
            name: "AppStatusResponse",
            members: [
                ObjectShape.Member(name: "name", shape: .text, isReadOnly: true),
                ObjectShape.Member(name: "last_heartbeat", shape: .moment, isReadOnly: true),
                ObjectShape.Member(name: "versions", shape: .map(.text.orNull), isReadOnly: true),
            ])
        return Property(name, .list(.object(shape)), isRequired: true, isReadOnly: false) { status in
            let versions = JSON.Object(Compatibility.components(status.plugins).map { (name: $0.name, value: .string($0.version)) })
            return .array(
                status[keyPath: path].map { process in
                    ["name": .string(process.name), "last_heartbeat": process.heartbeat.json, "versions": .object(versions)]
                })
        }
    }

    private static func flag(_ name: String, _ member: String) -> Shape {
        .object(ObjectShape(name: name, members: [ObjectShape.Member(name: member, shape: .boolean, isRequired: true)]))
    }

    private static let storage = View<Status.Storage>(
        name: "StorageResponse",
        properties: [
            Property("total", .integer.orNull, isRequired: true, isReadOnly: false) { .integer($0.total) },
            Property("used", .integer.orNull, isRequired: true, isReadOnly: false) { .integer($0.used) },
            Property("free", .integer.orNull, isRequired: true, isReadOnly: false) { .integer($0.free) },
        ])

    private static let content = View<Settings>(
        name: "ContentSettingsResponse",
        properties: [
            Property("content_origin", .text.orNull, isReadOnly: false) { .string($0.contentOrigin) },
            Property("content_path_prefix", .text, isRequired: true, isReadOnly: false) { .string($0.contentPathPrefix) },
        ])
}
