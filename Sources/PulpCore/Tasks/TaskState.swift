/// Where a task is in its life.
///
/// These edges are possible, and no other:
///
/// ```
/// waiting ──> running ──> completed | failed
///    │           └──> canceling ──> canceled | failed
///    └──> canceled | skipped
/// ```
///
/// A canceling task keeps its locks until it is final. In the database each edge is one conditional update, whose row count
/// says whether the task was where it was thought to be.
public enum TaskState: String, Sendable, Hashable, Codable, CaseIterable {
    case waiting, running, completed, failed, canceling, canceled, skipped

    /// The states that may follow.
    public var successors: Set<TaskState> {
        switch self {
        case .waiting: [.running, .canceled, .skipped]
        case .running: [.completed, .failed, .canceling]
        case .canceling: [.canceled, .failed]
        case .completed, .failed, .canceled, .skipped: []
        }
    }

    /// Whether nothing follows: the task holds no lock any more.
    public var isFinal: Bool { successors.isEmpty }

    /// The states of tasks that are not final.
    public static let unfinished: Set<TaskState> = [.waiting, .running, .canceling]
}

extension TaskState: SQLConvertible {
    /// The state's name as text.
    public var sql: SQLValue { .text(rawValue) }

    /// Reads a state's name.
    /// - Throws: ``UnexpectedSQLValue`` when it is none.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard let state = Self(rawValue: try String(sql: sql)) else { throw UnexpectedSQLValue(sql, expected: "task state") }
        self = state
    }
}
