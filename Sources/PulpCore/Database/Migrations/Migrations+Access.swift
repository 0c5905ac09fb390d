extension Migrations {
    /// Who may do what: groups, roles and whom they are given to, sessions, and the rules of the API.
    static let access = Migration("groups, roles, sessions and access policies") { db in
        for statement in statements { try db.create(statement) }
    }

    private static let statements = [
        "CREATE TABLE app_group (id {identity}, name {text} NOT NULL UNIQUE)",
        """
        CREATE TABLE group_member (
            app_user BIGINT NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            app_group BIGINT NOT NULL REFERENCES app_group (id) ON DELETE CASCADE, PRIMARY KEY (app_user, app_group))
        """,
        "CREATE INDEX group_member_group ON group_member (app_group)",
        // A locked role is the program's own.
        """
        CREATE TABLE role (
            id {identity}, prn {text} NOT NULL UNIQUE, name {text} NOT NULL UNIQUE, description {text}, locked {boolean} NOT NULL,
            created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        """
        CREATE TABLE role_permission (
            role BIGINT NOT NULL REFERENCES role (id) ON DELETE CASCADE, permission {text} NOT NULL, PRIMARY KEY (role, permission))
        """,
        "CREATE INDEX role_permission_permission ON role_permission (permission, role)",
        // A role is given for one object, by its PRN, for all of a domain, or for all there is.
        """
        CREATE TABLE role_binding (
            id {identity}, uuid {text} NOT NULL UNIQUE, role BIGINT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
            app_user BIGINT REFERENCES app_user (id) ON DELETE CASCADE, app_group BIGINT REFERENCES app_group (id) ON DELETE CASCADE,
            object {text}, domain BIGINT REFERENCES domain (id) ON DELETE CASCADE, created BIGINT NOT NULL,
            CHECK ((app_user IS NULL) <> (app_group IS NULL)), CHECK (object IS NULL OR domain IS NULL))
        """,
        // Where nulls differ from each other, a plain constraint would let the same binding in twice.
        """
        CREATE UNIQUE INDEX role_binding_once ON role_binding (
            role, (COALESCE(app_user, 0)), (COALESCE(app_group, 0)), (COALESCE(object, '')), (COALESCE(domain, 0)))
        """,
        "CREATE INDEX role_binding_user ON role_binding (app_user, object)",
        "CREATE INDEX role_binding_group ON role_binding (app_group, object)",
        "CREATE INDEX role_binding_object ON role_binding (object)",
        // Of the token, which its browser alone has, a digest.
        """
        CREATE TABLE user_session (
            id {identity}, digest {text} NOT NULL UNIQUE, app_user BIGINT NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            csrf_token {text} NOT NULL, created BIGINT NOT NULL, expires BIGINT NOT NULL)
        """,
        "CREATE INDEX user_session_user ON user_session (app_user)",
        "CREATE INDEX user_session_expires ON user_session (expires)",
        // The document is null where nobody has changed what the program itself says.
        """
        CREATE TABLE access_policy (
            id {identity}, prn {text} NOT NULL UNIQUE, viewset_name {text} NOT NULL UNIQUE, document {json},
            created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
    ]
}
