extension Migrations {
    /// Who asked for a task.
    static let taskCreators = Migration("creators of tasks") { db in
        try db.create("ALTER TABLE task ADD COLUMN created_by BIGINT REFERENCES app_user (id) ON DELETE SET NULL")
        try db.create("CREATE INDEX task_created_by ON task (created_by) WHERE created_by IS NOT NULL")
    }
}
