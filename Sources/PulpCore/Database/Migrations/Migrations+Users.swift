extension Migrations {
    /// Who may use the API.
    static let users = Migration("users") { db in
        try db.create(
            """
            CREATE TABLE app_user (
                id {identity}, username {text} NOT NULL UNIQUE, password {text}, first_name {text} NOT NULL DEFAULT '',
                last_name {text} NOT NULL DEFAULT '', email {text} NOT NULL DEFAULT '', is_superuser {boolean} NOT NULL,
                is_staff {boolean} NOT NULL, is_active {boolean} NOT NULL, date_joined BIGINT NOT NULL)
            """)
    }
}
