/// A schedule as it stands in the database.
struct ScheduleRow: Sendable {
    let key: Int64
    let arguments: String
    let schedule: TaskSchedule
    /// Whether the last task has not ended.
    let isBusy: Bool

    /// Reads the schedules that the end of a statement chooses.
    static func read(_ choice: SQL, in db: any SQLConnection) throws -> [ScheduleRow] {
        try db.query(
            """
            SELECT s.id, s.arguments, s.prn, s.name, s.task, s.next_dispatch, s.dispatch_interval, s.cron, s.time_zone, s.overlap,
                s.maximum_run_time, (SELECT t.uuid FROM task AS t WHERE t.id = s.last_task), s.created, s.updated, \(sql: busy)
            FROM task_schedule AS s \(sql: choice)
            """
        )
        .map(Self.init)
    }

    /// Whether the last task of the schedule `s` has not ended.
    static let busy = SQL(raw: "EXISTS (SELECT 1 FROM task AS b WHERE b.id = s.last_task AND b.finished IS NULL)")

    private init(_ row: Row) throws {
        key = try row.get(0)
        arguments = try row.get(1)
        let rhythm: TaskSchedule.Rhythm
        if let interval = try row.get(6, as: Int64?.self) {
            rhythm = .every(.microseconds(interval))
        } else if let cron = try row.get(7, as: String?.self) {
            rhythm = .cron(try CronExpression(cron), in: try ScheduleZone(try row.get(8, as: String.self)))
        } else {
            rhythm = .once
        }
        schedule = TaskSchedule(
            id: try row.get(2), name: try row.get(3), task: try row.get(4), rhythm: rhythm, nextDispatch: try row.get(5),
            overlap: try row.get(9), maximumRunTime: try row.get(10, as: Int64?.self).map { .microseconds($0) },
            lastTask: try row.get(11, as: String?.self).map(TaskRecord.id), created: try row.get(12), updated: try row.get(13))
        isBusy = try row.get(14)
    }
}

extension TaskSchedule.Overlap: SQLConvertible {
    /// The name as text.
    public var sql: SQLValue { .text(rawValue) }

    /// Reads a name.
    /// - Throws: ``UnexpectedSQLValue`` when it is none.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard let overlap = Self(rawValue: try String(sql: sql)) else { throw UnexpectedSQLValue(sql, expected: "overlap") }
        self = overlap
    }
}
