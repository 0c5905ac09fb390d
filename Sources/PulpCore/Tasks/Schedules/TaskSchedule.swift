/// A task that is dispatched at times to come.
public struct TaskSchedule: Sendable {
    /// The schedule's identity.
    public let id: ID<TaskSchedule>
    /// Unique among all schedules.
    public let name: String
    /// The kind of task: the name of its ``TaskDefinition``.
    public let task: String
    /// How the times follow each other.
    public let rhythm: Rhythm
    /// The next time; nil when none is to come.
    public let nextDispatch: Timestamp?
    /// What happens when a time comes while the last task has not ended.
    public let overlap: Overlap
    /// How long a task may run before it is canceled; nil for no limit.
    public let maximumRunTime: Duration?
    /// The task that was dispatched last; nil when there was none, or it is forgotten.
    public let lastTask: ID<TaskRecord>?
    /// When the schedule was made.
    public let created: Timestamp
    /// When the schedule changed last: with each of its times.
    public let updated: Timestamp

    /// How times follow each other.
    public enum Rhythm: Sendable, Hashable {
        /// One time.
        case once
        /// Again after each interval, counted from the first time, however long the tasks take.
        case every(Duration)
        /// As an expression says, on the clocks of a zone.
        case cron(CronExpression, in: ScheduleZone = .utc)
    }

    /// What happens when a time comes while the last task of the schedule has not ended.
    public enum Overlap: String, Sendable, Hashable, CaseIterable {
        /// The time passes by.
        case skip
        /// A task is dispatched as soon as the last one has ended, once for all times that came until then.
        case queue
    }

    static func id(uuid: String) -> ID<TaskSchedule> { ID(prn: "prn:core.taskschedule:\(uuid)") }
}

extension TaskSchedule.Rhythm {
    /// The first time of a new schedule.
    /// - Parameter wish: the time that its maker wants, or from which on the expression counts; nil for now.
    func first(_ wish: Timestamp?, now: Timestamp) -> Timestamp {
        switch self {
        case .once, .every: wish ?? now
        // One that is just now counts too.
        case .cron(let expression, let zone): expression.next(after: wish.map { $0 - .microseconds(1) } ?? now, in: zone)
        }
    }

    /// The time after one that has come: always in the future, so that times that were missed come once.
    ///
    /// A clock that is put back brings no time again, as the next one is counted from the one that came.
    func next(after due: Timestamp, now: Timestamp) -> Timestamp? {
        switch self {
        case .once: return nil
        case .cron(let expression, let zone): return expression.next(after: max(due, now), in: zone)
        case .every(let interval):
            let step = interval.microseconds
            let missed = max(0, now.microseconds - due.microseconds) / step
            return Timestamp(microseconds: due.microseconds + (missed + 1) * step)
        }
    }

    /// - Throws: ``PulpError`` with `invalid` for an interval that nothing can follow.
    func validate() throws(PulpError) {
        guard case .every(let interval) = self else { return }
        try interval.validate("an interval")
    }
}

extension Duration {
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }

    /// Refuses what no schedule is meant to have.
    func validate(_ what: String) throws(PulpError) {
        guard self >= .seconds(1), self <= .seconds(100 * 366 * 86_400) else {
            throw PulpError(.invalid, "\(what) of \(self) is not between one second and a hundred years")
        }
    }
}
