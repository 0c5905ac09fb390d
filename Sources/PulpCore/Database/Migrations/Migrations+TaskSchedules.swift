extension Migrations {
    /// Schedules, limits to the time that tasks run, and numbers of tasks that never come again.
    static let taskSchedules = Migration("task schedules") { db in
        for statement in statements { try db.create(statement) }
        if db.dialect.name == Dialect.sqlite.name { for statement in TaskNumber.sqliteStatements { try db.create(statement) } }
    }

    private static let statements = [
        // Times are microseconds; what is null for the dispatch was the last, or the only one.
        """
        CREATE TABLE task_schedule (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            name {text} NOT NULL, task {text} NOT NULL, arguments {json} NOT NULL,
            next_dispatch BIGINT, dispatch_interval BIGINT, cron {text}, time_zone {text} NOT NULL,
            overlap {text} NOT NULL, maximum_run_time BIGINT,
            last_task BIGINT REFERENCES task (id) ON DELETE SET NULL,
            created BIGINT NOT NULL, updated BIGINT NOT NULL,
            UNIQUE (domain, name), CHECK (dispatch_interval IS NULL OR cron IS NULL), CHECK (dispatch_interval > 0))
        """,
        "CREATE INDEX task_schedule_due ON task_schedule (next_dispatch) WHERE next_dispatch IS NOT NULL",
        "CREATE INDEX task_schedule_last_task ON task_schedule (last_task)",
        "ALTER TABLE task ADD COLUMN maximum_run_time BIGINT",
        "CREATE INDEX task_limited ON task (started) WHERE maximum_run_time IS NOT NULL AND finished IS NULL",
    ]
}

/// The numbers of tasks: the order of the queues, and part of the fence of what tasks write.
///
/// No number comes twice, even when the youngest task was forgotten.
/// PostgreSQL's identities are so by themselves. SQLite gives the number after the largest that is there; here it remembers the
/// largest that was deleted, which costs nothing until somebody deletes.
enum TaskNumber {
    /// The value of `task.id` in an insertion.
    static let next: SQL = """
        \(dialect: { dialect in
            dialect.name == Dialect.sqlite.name
                ? "(SELECT MAX(n.deleted, COALESCE((SELECT MAX(t.id) FROM task AS t), 0)) + 1 FROM task_number AS n)" : "DEFAULT"
        })
        """

    fileprivate static let sqliteStatements = [
        "CREATE TABLE task_number (id INTEGER PRIMARY KEY CHECK (id = 1), deleted INTEGER NOT NULL)",
        "INSERT INTO task_number (id, deleted) VALUES (1, 0)",
        """
        CREATE TRIGGER task_number_deleted AFTER DELETE ON task WHEN OLD.id > (SELECT deleted FROM task_number)
        BEGIN UPDATE task_number SET deleted = OLD.id; END
        """,
    ]
}
