/// How far one part of a task is.
public struct ProgressReport: Sendable, Hashable {
    /// What is counted, `sync.downloading.artifacts`: a task has one report for each code.
    public var code: String
    /// The same, for people.
    public var message: String
    /// Ends with its task: `running` becomes the task's final state.
    public var state: TaskState
    /// How many are done so far.
    public var done: Int
    /// Nil where nobody knows.
    public var total: Int?
    /// Words to show behind the numbers, as Pulp's reports may have them; the library sets none.
    public var suffix: String?

    /// A report of a part that runs, unless it says otherwise.
    public init(
        code: String, message: String, state: TaskState = .running, done: Int, total: Int? = nil, suffix: String? = nil
    ) {
        (self.code, self.message, self.state) = (code, message, state)
        (self.done, self.total, self.suffix) = (done, total, suffix)
    }
}

extension ProgressReport {
    /// Reads the columns of ``columns``, from a position on.
    init(_ row: Row, from index: Int = 0) throws {
        self.init(
            code: try row.get(index), message: try row.get(index + 1), state: try row.get(index + 2),
            done: try row.get(index + 3), total: try row.get(index + 4), suffix: try row.get(index + 5))
    }

    /// As the REST API and `pulpctl` show it.
    package var object: JSON.Object {
        [
            "message": .string(message), "code": .string(code), "state": .string(state.rawValue), "total": total.json,
            "done": .integer(done), "suffix": suffix.json,
        ]
    }

    /// What becomes of it with its task.
    func ended(as final: TaskState) -> Self {
        guard state == .running else { return self }
        var report = self
        report.state = final
        return report
    }

    static let columns = SQL(raw: "code, message, state, done, total, suffix")

    /// Writes a task's reports in the order of their first mention.
    static func save(_ reports: [ProgressReport], of task: Int64, in db: any SQLConnection) throws {
        guard !reports.isEmpty else { return }
        var rows = SQLRows([
            ("position", .integer), ("code", .text), ("message", .text), ("state", .text), ("done", .integer),
            ("total", .integer), ("suffix", .text),
        ])
        for (position, report) in reports.enumerated() {
            rows.append([
                position.sql, report.code.sql, report.message.sql, report.state.sql, report.done.sql, report.total.sql,
                report.suffix.sql,
            ])
        }
        try db.execute(
            """
            INSERT INTO progress_report (task, position, code, message, state, done, total, suffix)
            SELECT CAST(\(task) AS BIGINT), r.position, r.code, r.message, r.state, r.done, r.total, r.suffix
            FROM \(rows: rows, as: "r") WHERE TRUE
            ON CONFLICT (task, code) DO UPDATE SET message = excluded.message, state = excluded.state,
                done = excluded.done, total = excluded.total, suffix = excluded.suffix
            """)
    }
}
