internal import Logging

/// Dispatches the tasks of schedules when their times come, and cancels those that run for too long.
///
/// Any number of schedulers, in any number of processes, work side by side: each time is dispatched once. The claim of the row, the
/// dispatch of the task and the next time are one transaction, so that a crash neither loses a time nor doubles it. Times that
/// came while no scheduler ran come once.
///
/// Time is what the system's clock shows. One that is put forward brings the times that it skips, once for each schedule; one that
/// is put back brings no time again: a schedule waits until the clock comes to its next time.
struct Scheduler: Sendable {
    /// The longest time without a look: announcements may be lost, and clocks be moved.
    private static let longestSleep: Duration = .seconds(30)
    /// The shortest time between two looks, however many commits are announced.
    private static let rest: Duration = .milliseconds(100)

    let engine: TaskEngine
    var now: @Sendable () -> Timestamp = { .now }

    /// Works until the surrounding Swift task is canceled, or the database is closed.
    func run() async {
        let (rings, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        ring.yield()
        let announcements = Task { [database = engine.database] in
            for await _ in database.announcements() { ring.yield() }
            ring.finish()
        }
        var alarm: Task<Void, Never>?
        defer {
            announcements.cancel()
            alarm?.cancel()
        }
        for await _ in rings {
            var sleep = Self.longestSleep
            do {
                if let next = try await turn() { sleep = min(sleep, next - now()) }
            } catch {
                if !(error is CancellationError) {
                    engine.settings.logger.warning("schedules were not looked at", metadata: ["error": "\(error)"])
                }
            }
            alarm?.cancel()
            alarm = Task { [sleep] in
                // Ends by cancellation, which is all that sleeping can throw.
                if (try? await Task.sleep(for: sleep)) != nil { ring.yield() }
            }
            guard (try? await Task.sleep(for: Self.rest)) != nil else { return }  // Likewise.
        }
    }

    /// Does all that is due.
    /// - Returns: when something will be due; nil when nothing is.
    @discardableResult
    func turn() async throws -> Timestamp? {
        try await engine.cancelOverlong(at: now())
        while true {
            let moment = now()
            guard let next = try await next() else { return nil }
            // Somebody else has what is due and not to be had.
            guard next <= moment, try await keepOne(at: moment) else { return next }
        }
    }

    /// The next moment at which there is something to do.
    private func next() async throws -> Timestamp? {
        let names = Array(engine.definitions.keys)
        return try await engine.database.read { db in
            let due = try db.value(
                """
                SELECT MIN(s.next_dispatch) FROM task_schedule AS s
                WHERE s.next_dispatch IS NOT NULL AND s.task \(in: names) AND \(sql: Self.isReady)
                """, as: Timestamp.self)
            let limit = try db.value(
                """
                SELECT MIN(started + maximum_run_time) FROM task
                WHERE maximum_run_time IS NOT NULL AND finished IS NULL AND state = \(TaskState.running)
                """, as: Timestamp.self)
            return [due, limit].compactMap(\.self).min()
        }
    }

    /// Takes the schedule that is due for the longest time, dispatches its task, and writes its next time.
    /// - Returns: false when there was none that nobody else has.
    private func keepOne(at moment: Timestamp) async throws -> Bool {
        let names = Array(engine.definitions.keys)
        let kept = try await engine.database.write { db -> Kept? in
            let locked = db.dialect.skipLocked.isEmpty ? "" : "FOR UPDATE OF s SKIP LOCKED"
            let row = try ScheduleRow.read(
                """
                WHERE s.next_dispatch <= \(moment) AND s.task \(in: names) AND \(sql: Self.isReady)
                ORDER BY s.next_dispatch, s.id LIMIT 1 \(raw: locked)
                """, in: db
            ).first
            guard let row, let due = row.schedule.nextDispatch else { return nil }
            var kept = Kept(schedule: row.schedule.name)
            // A task that cannot be made must not keep the schedule from its next time.
            do { kept.task = row.isBusy ? nil : try draft(row) } catch { kept.failure = "\(error)" }
            if let task = kept.task {
                kept.key = try task.insert(in: db)
                try db.execute(
                    """
                    UPDATE task SET maximum_run_time = (SELECT s.maximum_run_time FROM task_schedule AS s WHERE s.id = \(row.key))
                    WHERE id = \(kept.key.sql)
                    """)
            }
            try db.execute(
                """
                UPDATE task_schedule SET next_dispatch = \(row.schedule.rhythm.next(after: due, now: moment).sql),
                    last_task = COALESCE(\(kept.key.sql), last_task), updated = \(Timestamp.now)
                WHERE id = \(row.key)
                """)
            try db.announce()
            return kept
        }
        guard let kept else { return false }
        engine.bell.ring()
        kept.log(in: engine.settings.logger)
        return true
    }

    /// One that queues and whose last task has not ended waits for its end.
    private static let isReady: SQL = "(s.overlap = \(TaskSchedule.Overlap.skip) OR NOT \(sql: ScheduleRow.busy))"

    private func draft(_ row: ScheduleRow) throws -> TaskDraft {
        let task = try engine.makeTask(row.schedule.task, engine.box.open(arguments: row.arguments))
        return try engine.draft(of: task)
    }

    /// What became of one time of one schedule.
    private struct Kept: Sendable {
        let schedule: String
        var task: TaskDraft?
        var key: Int64?
        var failure: String?

        func log(in logger: Logger) {
            if let failure {
                logger.error("a schedule's task was not dispatched", metadata: ["schedule": "\(schedule)", "error": "\(failure)"])
            } else if let task {
                logger.info(
                    "schedule dispatched", metadata: ["schedule": "\(schedule)", "name": "\(task.name)", "task": "\(task.uuid)"])
            } else {
                logger.info("schedule skipped: its last task has not ended", metadata: ["schedule": "\(schedule)"])
            }
        }
    }
}

extension TaskEngine {
    /// Dispatches the tasks of schedules at their times, until the surrounding Swift task is canceled.
    ///
    /// Any number of processes may do so at once; each time is dispatched by one of them.
    public func runScheduler() async { await Scheduler(engine: self).run() }

    /// Cancels the tasks that have run for longer than their schedule lets them.
    func cancelOverlong(at moment: Timestamp) async throws {
        let condition: SQL = """
            maximum_run_time IS NOT NULL AND finished IS NULL AND state = \(TaskState.running)
                AND started + maximum_run_time <= \(moment)
            """
        let overlong = try await database.read { db in
            try db.query("SELECT DISTINCT maximum_run_time FROM task WHERE \(sql: condition)").map { try $0.get(0, as: Int64.self) }
        }
        for limit in overlong {
            let reason = "Canceled: it ran for longer than the maximum run time of \(Duration.microseconds(limit).inWords)."
            try await cancel(because: reason) { db in
                try db.query("SELECT id FROM task WHERE maximum_run_time = \(limit) AND \(sql: condition)").map { try $0.get(0) }
            }
        }
    }
}

extension Duration {
    /// `2 h 30 min`: what is not zero, down to the second; less than a second as Swift writes it.
    fileprivate var inWords: String {
        let seconds = components.seconds
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")].filter { $0.0 > 0 }
        return parts.isEmpty ? "\(self)" : parts.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
