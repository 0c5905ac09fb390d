import PulpTesting
import Testing

@testable import PulpCore

@Suite("What a user may do")
struct AllowanceTests {
    @Test("follows from roles, given for everything, a domain or one object", arguments: DatabaseKind.allCases)
    func reaches(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (mine, other) = (try await pulp.notes("mine").id.prn, try await pulp.notes("other").id.prn)
            try await pulp.database.write { db in
                let ann = try user("ann", in: db)
                let permission: Permission = "note.view_noterepository"
                func all(_ reach: RoleBindings.Reach = .any) throws -> [Bool] {
                    try [mine, other, nil].map { try RoleBindings.allows(ann, permission, on: $0, by: reach, in: db) }
                }
                func listed() throws -> [String] {
                    try db.query("SELECT t.name FROM repository AS t WHERE \(sql: RoleBindings.condition(allowing: ann, permission))")
                        .map { try $0.get(0) }.sorted()
                }
                #expect(try all() == [false, false, false])
                #expect(try listed() == [])

                try give("viewer", ["note.view_noterepository", "note.view_note"], to: ann, object: mine, in: db)
                #expect(try all() == [true, false, false])
                #expect(try listed() == ["mine"])
                #expect(try all([.everything, .domain]) == [false, false, false])
                #expect(try !RoleBindings.allows(ann, "note.change_noterepository", on: mine, in: db))

                try give("viewer2", ["note.view_noterepository"], to: ann, domain: 1, in: db)
                #expect(try all() == [true, true, true])
                #expect(try all(.everything) == [false, false, false])
                #expect(try all(.object) == [true, false, false])
                #expect(try listed() == ["mine", "other"])
                #expect(try !RoleBindings.allows(ann, permission, on: other, domain: 2, in: db))

                try give("viewer3", ["note.view_noterepository"], to: ann, in: db)
                #expect(try all(.everything) == [true, true, true])
                #expect(try RoleBindings.allows(ann, permission, on: other, domain: 2, in: db))
            }
        }
    }
}

private func user(_ name: String, in db: any SQLConnection) throws -> User {
    try db.execute(
        """
        INSERT INTO app_user (username, is_superuser, is_staff, is_active, date_joined) VALUES (\(name), FALSE, FALSE, TRUE, 0)
        """)
    return try #require(try Users.find(named: name, in: db))
}

private func give(
    _ role: String, _ permissions: [Permission], to user: User, object: String? = nil, domain: Int64? = nil, in db: any SQLConnection
) throws {
    let key = try #require(
        try db.value(
            """
            INSERT INTO role (prn, name, locked, created, updated) VALUES (\(role), \(role), FALSE, 0, 0) RETURNING id
            """, as: Int64.self))
    for permission in permissions {
        try db.execute("INSERT INTO role_permission (role, permission) VALUES (\(key), \(permission))")
    }
    try db.execute(
        """
        INSERT INTO role_binding (uuid, role, app_user, object, domain, created)
        VALUES (\(UUIDv7.make()), \(key), \(user.number), \(object), \(domain), 0)
        """)
}
