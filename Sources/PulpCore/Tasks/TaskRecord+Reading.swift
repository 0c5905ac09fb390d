/// Which tasks to list; a condition that is nil holds for every task.
public struct TaskFilter: Sendable, Hashable {
    /// The states that the tasks may be in.
    public var states: Set<TaskState>?
    /// The whole name.
    public var name: String?
    /// A part of the name.
    public var nameContains: String?
    /// The task that dispatched the tasks.
    public var parent: ID<TaskRecord>?
    /// The group that the tasks belong to.
    public var group: ID<TaskGroupRecord>?
    /// What logs know the tasks' request by.
    public var correlationID: String?
    /// The worker that runs or ran the tasks.
    public var worker: ID<WorkerRecord>?
    /// Resources, by their PRNs or names, one of which the tasks have or had to themselves.
    public var exclusiveResources: Set<String>?
    /// Resources, by their PRNs or names, one of which the tasks share or shared.
    public var sharedResources: Set<String>?
    /// Resources, by their PRNs or names, one of which the tasks have or had, to themselves or not.
    public var reservedResources: Set<String>?
    /// The PRN of a resource that the tasks created.
    public var createdResource: String?
    /// When the tasks were begun; both ends are among it.
    public var started: ClosedRange<Timestamp>?
    /// When the tasks ended; both ends are among it.
    public var finished: ClosedRange<Timestamp>?
    /// The order of the tasks.
    public var order = Order()
    /// How many tasks a page has at most.
    public var limit = 100
    /// How many tasks to leave out before the page.
    public var offset = 0

    /// The youngest 100 tasks in these states, with this part in their names.
    public init(states: Set<TaskState>? = nil, nameContains: String? = nil) {
        (self.states, self.nameContains) = (states, nameContains)
    }

    /// The order of tasks: the youngest first, unless more is said.
    public struct Order: Sendable, Hashable {
        /// What tasks are put in order by; equal ones by their age.
        public enum Key: String, Sendable, CaseIterable {
            case created, unblocked, started, finished, name, state
        }

        /// What decides.
        public var key: Key
        /// Whether the last comes first.
        public var isDescending: Bool

        /// An order by a key.
        public init(by key: Key = .created, isDescending: Bool = true) { (self.key, self.isDescending) = (key, isDescending) }

        fileprivate var sql: SQL {
            let direction = isDescending ? " DESC" : ""
            // A task's number rises with its age.
            return key == .created ? "id\(raw: direction)" : "\(raw: key.rawValue + direction), id\(raw: direction)"
        }
    }

    fileprivate var condition: SQL {
        var terms: [SQL] = ["TRUE"]
        if let states { terms.append("state \(in: states)") }
        if let name { terms.append("name = \(name)") }
        // Unlike LIKE, both databases take this the same way.
        if let nameContains, !nameContains.isEmpty { terms.append("name <> REPLACE(name, \(nameContains), '')") }
        if let parent { terms.append("parent = (SELECT p.id FROM task AS p WHERE p.uuid = \(parent.uuid))") }
        if let group { terms.append("task_group = (SELECT g.id FROM task_group AS g WHERE g.prn = \(group))") }
        if let correlationID { terms.append("logging_cid = \(correlationID)") }
        if let worker { terms.append("worker = (SELECT w.id FROM worker AS w WHERE w.uuid = \(worker.uuid))") }
        for (resources, kind) in [
            (exclusiveResources, "r.exclusive"), (sharedResources, "NOT r.exclusive"), (reservedResources, "TRUE"),
        ] as [(Set<String>?, SQL)] {
            guard let resources else { continue }
            terms.append("id IN (SELECT r.task FROM task_resource AS r WHERE r.resource \(in: resources) AND \(sql: kind))")
        }
        for (moments, column) in [(started, "started"), (finished, "finished")] {
            guard let moments else { continue }
            terms.append("\(raw: column) BETWEEN \(moments.lowerBound) AND \(moments.upperBound)")
        }
        if let createdResource {
            terms.append("id IN (SELECT c.task FROM created_resource AS c WHERE c.prn = \(createdResource))")
        }
        return terms.joined(separator: " AND ")
    }
}

extension TaskEngine {
    /// A task; nil when there is none.
    public func find(_ id: ID<TaskRecord>) async throws -> TaskRecord? {
        try await database.read { db in try TaskRecord.read("WHERE uuid = \(id.uuid)", in: db).first }
    }

    /// Tasks, the youngest first.
    /// - Returns: one page of them, and how many there are on all pages.
    public func list(_ filter: TaskFilter = TaskFilter()) async throws -> (tasks: [TaskRecord], total: Int) {
        try await database.read { db in
            let total = try db.value("SELECT COUNT(*) FROM task WHERE \(sql: filter.condition)", as: Int.self) ?? 0
            let page: SQL = "WHERE \(sql: filter.condition) ORDER BY \(sql: filter.order.sql) LIMIT \(filter.limit) OFFSET \(filter.offset)"
            return (try TaskRecord.read(page, in: db), total)
        }
    }

    /// The tasks with these keys, in no order.
    package func records(_ keys: [Int64], in db: any SQLConnection) throws -> [(key: Int64, record: TaskRecord)] {
        let keys = keys.sorted()
        return Array(zip(keys, try TaskRecord.read("WHERE id \(in: keys) ORDER BY id", in: db)))
    }

    /// Waits until a task has ended, wherever it runs.
    ///
    /// Canceling the Swift task that waits ends the waiting, not the task.
    /// - Throws: ``PulpError`` with `notFound` when there is no such task (any more).
    public func waitForEnd(of id: ID<TaskRecord>) async throws {
        guard let key = try await database.read({ db in try db.value("SELECT id FROM task WHERE uuid = \(id.uuid)", as: Int64.self) })
        else { throw PulpError(.notFound, "there is no task \(id)") }
        _ = try await watch.end(of: key)
    }

    /// How many tasks are in which state; a state without tasks is missing.
    public func counts() async throws -> [TaskState: Int] {
        try await database.read { db in
            try db.query("SELECT state, COUNT(*) FROM task GROUP BY state").reduce(into: [:]) { $0[try $1.get(0)] = try $1.get(1) }
        }
    }

    /// The workers of all processes; one whose process died is among them for a second or two.
    public func workers() async throws -> [WorkerRecord] {
        try await database.read { db in try WorkerRecord.read("TRUE", in: db).map(\.record) }
    }

    /// The workers with these keys.
    package func workers(_ keys: [Int64], in db: any SQLConnection) throws -> [(key: Int64, record: WorkerRecord)] {
        try WorkerRecord.read("w.id \(in: keys)", in: db)
    }

    /// Forgets a task that has ended.
    /// - Throws: ``PulpError`` with `notFound` when there is no such task, with `conflict` when it has not ended.
    public func delete(_ id: ID<TaskRecord>) async throws {
        try await database.write { db in
            guard let state = try db.value("SELECT state FROM task WHERE uuid = \(id.uuid)", as: TaskState.self) else {
                throw PulpError(.notFound, "there is no task \(id)")
            }
            try RoleBindings.forget(tasks: "uuid = \(id.uuid) AND finished IS NOT NULL", in: db)
            guard try db.execute("DELETE FROM task WHERE uuid = \(id.uuid) AND finished IS NOT NULL") == 1 else {
                throw PulpError(.conflict, "the task \(id) is \(state.rawValue); only a task that has ended can be deleted")
            }
        }
    }
}

extension TaskRecord {
    /// Reads the tasks that the end of a statement chooses, with all that hangs on them: six statements for any number.
    fileprivate static func read(_ choice: SQL, in db: any SQLConnection) throws -> [TaskRecord] {
        let rows = try db.query(
            """
            SELECT id, uuid, name, state, logging_cid, created, updated, unblocked, started, finished, error, result,
                (SELECT w.uuid FROM worker AS w WHERE w.id = task.worker), (SELECT p.uuid FROM task AS p WHERE p.id = task.parent),
                (SELECT g.prn FROM task_group AS g WHERE g.id = task.task_group), created_by
            FROM task \(sql: choice)
            """)
        let keys: [Int64] = try rows.map { try $0.get(0) }
        func hanging<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> [Int64: [Value]] {
            try db.query(sql).reduce(into: [:]) { $0[try $1.get(0), default: []].append(try make($1)) }
        }
        let children = try hanging("SELECT parent, uuid FROM task WHERE parent \(in: keys) ORDER BY id") {
            TaskRecord.id(uuid: try $0.get(1))
        }
        let progress = try hanging(
            """
            SELECT task, \(sql: ProgressReport.columns) FROM progress_report WHERE task \(in: keys) ORDER BY task, position
            """
        ) { try ProgressReport($0, from: 1) }
        let created = try hanging("SELECT task, prn FROM created_resource WHERE task \(in: keys) ORDER BY task, position") {
            try $0.get(1, as: String.self)
        }
        // As Pulp does: what a task has for itself comes first.
        let reserved = try hanging(
            """
            SELECT task, resource, exclusive FROM task_resource WHERE task \(in: keys) ORDER BY task, exclusive DESC, resource
            """
        ) { (try $0.get(2) ? "" : "shared:") + (try $0.get(1, as: String.self)) }
        return try rows.map { row in
            let key: Int64 = try row.get(0)
            return TaskRecord(
                id: id(uuid: try row.get(1)), name: try row.get(2), state: try row.get(3), correlationID: try row.get(4),
                created: try row.get(5), updated: try row.get(6), unblocked: try row.get(7), started: try row.get(8),
                finished: try row.get(9), error: try JSON(column: row, 10), result: try JSON(column: row, 11),
                worker: try row.get(12, as: String?.self).map(WorkerRecord.id),
                parent: try row.get(13, as: String?.self).map(id),
                creator: try row.get(15, as: Int64?.self).map { User.id($0) }, children: children[key] ?? [],
                group: try row.get(14), progress: progress[key] ?? [], createdResources: created[key] ?? [],
                reservedResources: reserved[key] ?? [])
        }
    }
}

extension WorkerRecord {
    /// - Parameter condition: on `worker` under the alias `w`.
    fileprivate static func read(_ condition: SQL, in db: any SQLConnection) throws -> [(key: Int64, record: WorkerRecord)] {
        try db.query(
            """
            SELECT w.id, w.uuid, w.name, w.started, w.heartbeat, (
                SELECT t.uuid FROM task AS t WHERE t.worker = w.id AND t.finished IS NULL AND t.started IS NOT NULL
                ORDER BY t.id LIMIT 1)
            FROM worker AS w WHERE \(sql: condition) ORDER BY w.id
            """
        ).map { row in
            let record = WorkerRecord(
                id: id(uuid: try row.get(1)), name: try row.get(2), started: try row.get(3), heartbeat: try row.get(4),
                currentTask: try row.get(5, as: String?.self).map(TaskRecord.id))
            return (try row.get(0), record)
        }
    }
}
