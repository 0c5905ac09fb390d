extension TaskEngine {
    /// Has a task dispatched at times to come, by whichever process runs the role of the scheduler.
    ///
    /// ```swift
    /// let nightly = try CronExpression("0 3 * * *")
    /// try await pulp.tasks.schedule(OrphanCleanup(), named: "tidy", .cron(nightly, in: try ScheduleZone("Europe/Berlin")))
    /// ```
    /// - Parameters:
    ///   - name: unique among all schedules.
    ///   - first: the first time, or for a cron expression the time from which on it counts; nil for now.
    ///   - maximumRunTime: how long a task may run before it is canceled, children included; nil for no limit.
    /// - Throws: ``PulpError`` with `systemState` when the kind of task is not among the engine's definitions, with `invalid` for a
    ///   name or a time that makes no sense, with `conflict` when there is a schedule of this name.
    @discardableResult
    public func schedule<T: TaskDefinition>(
        _ task: T, named name: String, _ rhythm: TaskSchedule.Rhythm, first: Timestamp? = nil, overlap: TaskSchedule.Overlap = .skip,
        maximumRunTime: Duration? = nil
    ) async throws -> TaskSchedule {
        guard definitions[T.name] != nil else {
            throw PulpError(.systemState, "the task \(T.name) belongs to no plugin of this program")
        }
        guard (1...255).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw PulpError(.invalid, "the name of a schedule has 1 to 255 bytes and no control characters")
        }
        try rhythm.validate()
        try maximumRunTime?.validate("a maximum run time")
        let (id, arguments) = (TaskSchedule.id(uuid: UUIDv7.make()), try box.seal(arguments: task))
        var (interval, cron, zone): (Int64?, String?, ScheduleZone) = (nil, nil, .utc)
        switch rhythm {
        case .once: break
        case .every(let duration): interval = duration.microseconds
        case .cron(let expression, let place): (cron, zone) = (expression.description, place)
        }
        let columns = (interval: interval, cron: cron, zone: zone.description)
        return try await database.write { db in
            guard try db.first("SELECT id FROM task_schedule WHERE name = \(name)") == nil else {
                throw PulpError(.conflict, "there is a schedule \(name.debugDescription) already")
            }
            let now = Timestamp.now
            let inserted = try db.execute(
                """
                INSERT INTO task_schedule (prn, name, task, arguments, next_dispatch, dispatch_interval, cron, time_zone, overlap,
                    maximum_run_time, created, updated)
                VALUES (\(id), \(name), \(T.name), \(arguments), \(rhythm.first(first, now: now)), \(columns.interval.sql),
                    \(columns.cron.sql), \(columns.zone), \(overlap), \((maximumRunTime?.microseconds).sql), \(now), \(now))
                ON CONFLICT (domain, name) DO NOTHING
                """)
            guard inserted == 1, let row = try ScheduleRow.read("WHERE s.prn = \(id)", in: db).first else {
                throw PulpError(.conflict, "there is a schedule \(name.debugDescription) already")
            }
            try db.announce()
            return row.schedule
        }
    }

    /// As ``schedule(_:named:_:first:overlap:maximumRunTime:)-(T,_,_,_,_,_)``, for a kind of task that is known by its name.
    /// - Throws: besides, ``PulpError`` with `invalid` when the arguments are not those of such a task.
    @discardableResult
    public func schedule(
        _ task: String, arguments: JSON, named name: String, _ rhythm: TaskSchedule.Rhythm, first: Timestamp? = nil,
        overlap: TaskSchedule.Overlap = .skip, maximumRunTime: Duration? = nil
    ) async throws -> TaskSchedule {
        let task = try makeTask(task, arguments)
        return try await schedule(task, named: name, rhythm, first: first, overlap: overlap, maximumRunTime: maximumRunTime)
    }

    /// The kinds of tasks that can be scheduled by their names.
    public var taskNames: [String] { definitions.keys.sorted() }

    /// A task out of its name and its arguments.
    func makeTask(_ name: String, _ arguments: JSON) throws(PulpError) -> any TaskDefinition {
        guard let definition = definitions[name] else {
            throw PulpError(.invalid, "there is no task \(name.debugDescription) in this program")
        }
        do { return try arguments.decode(definition) } catch {
            throw PulpError(.invalid, "these are not the arguments of \(name): \(Self.plain(error))")
        }
    }

    /// What a decoder found, without the values that it found.
    private static func plain(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
        switch error {
        case let error as PulpError: return error.message
        case DecodingError.keyNotFound(let key, _): return "\(key.stringValue) is missing"
        case DecodingError.typeMismatch(let type, let context): return "\(path(context)) is not of the type \(type)"
        case DecodingError.valueNotFound(_, let context): return "\(path(context)) has no value"
        case DecodingError.dataCorrupted(let context): return "\(path(context)) cannot be read"
        default: return "they cannot be read"
        }
    }

    /// All schedules, by their names.
    public func schedules() async throws -> [TaskSchedule] {
        try await database.read { db in try ScheduleRow.read("ORDER BY s.name", in: db).map(\.schedule) }
    }

    /// The schedules with these keys.
    package func schedules(_ keys: [Int64], in db: any SQLConnection) throws -> [(key: Int64, schedule: TaskSchedule)] {
        try ScheduleRow.read("WHERE s.id \(in: keys)", in: db).map { ($0.key, $0.schedule) }
    }

    /// The schedule with a name; nil when there is none.
    public func findSchedule(named name: String) async throws -> TaskSchedule? {
        try await database.read { db in try ScheduleRow.read("WHERE s.name = \(name)", in: db).first?.schedule }
    }

    /// The schedule with an identity; nil when there is none.
    public func find(_ id: ID<TaskSchedule>) async throws -> TaskSchedule? {
        try await database.read { db in try ScheduleRow.read("WHERE s.prn = \(id)", in: db).first?.schedule }
    }

    /// Deletes a schedule; the tasks that it dispatched go on.
    /// - Throws: ``PulpError`` with `notFound` when there is no such schedule.
    public func delete(_ id: ID<TaskSchedule>) async throws {
        try await database.write { db in
            guard try db.execute("DELETE FROM task_schedule WHERE prn = \(id)") == 1 else {
                throw PulpError(.notFound, "there is no schedule \(id)")
            }
        }
    }
}
