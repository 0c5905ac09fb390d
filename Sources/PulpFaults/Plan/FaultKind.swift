/// What goes wrong in a run.
public enum FaultKind: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Processes are killed and started again.
    case kill
    /// Processes are stopped for twice as long as a worker may be silent, and then go on.
    case pause
    /// The upstream resets connections, sends wrong bytes, errors and pages, or is slow.
    case lies
    /// The database server is stopped hard and started again; PostgreSQL only.
    case database
    /// The disk of the store, and of a SQLite database, is full for a while.
    case disk
    /// All of these, but for the disk.
    case mixed

    /// The kind's name.
    public var description: String { rawValue }

    var killsProcesses: Bool { self == .kill || self == .mixed }
    var pausesProcesses: Bool { self == .pause || self == .mixed }
    var hasLies: Bool { self == .lies || self == .mixed }
    var stopsDatabase: Bool { self == .database || self == .mixed }
    var fillsDisk: Bool { self == .disk }
    /// Whether a worker may seem dead to others.
    var losesWorkers: Bool { killsProcesses || pausesProcesses || stopsDatabase || fillsDisk }
}
