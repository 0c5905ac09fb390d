import Foundation
import PulpCore
import PulpTesting
import Testing

@testable import PulpControl

@Suite("Users, groups and roles with the program pulpctl")
struct AccessTests {
    @Test("A user is made, shown, changed and deleted", arguments: DatabaseKind.allCases)
    func users(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            let made = try await pulpctl.run(
                "user", "create", "--username", "ann", "--email", "ann@example.org", "--password", "a good one", "--staff", "--json")
            #expect(made.status == 0, "\(made.errors)")
            let shown = try await pulpctl.run("user", "show", "--username", "ann", "--json")
            #expect(try made.json == shown.json)
            #expect(try shown.json["is_staff"] == true && shown.json["is_active"] == true && shown.json["is_superuser"] == false)
            #expect(try shown.json["hidden_fields"] == [["name": "password", "is_set": true]])
            #expect(!shown.output.contains("scrypt"))
            let prn = try #require(try shown.json["prn"]?.stringValue)
            let changed = try await pulpctl.run("user", "update", "--prn", prn, "--no-active", "--last-name", "Müller")
            #expect(changed.lines.contains { $0.hasSuffix("Müller") }, "\(changed.errors)")
            #expect(
                try await pulpctl.run("user", "list", "--field", "username", "--field", "is_active").output
                    == "username  is_active\nann       false\n")
            #expect(try await pulpctl.run("user", "update", "--username", "ann").errors.contains("nothing to change was given"))
            #expect(try await pulpctl.run("user", "destroy", "--username", "ann", "--dry-run").output == "would delete the user ann\n")
            #expect(try await pulpctl.run("user", "destroy", "--href", "/pulp/api/v3/users/\(prn.split(separator: ":")[2])/").status == 0)
            #expect(try await pulpctl.run("user", "show", "--username", "ann").errors.contains(#"there is no user "ann""#))
        }
    }

    @Test("A password comes from a file, from the input, or from nobody", arguments: DatabaseKind.allCases)
    func passwords(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            func isLetIn(_ name: String, _ password: String) async throws -> Bool {
                try await pulpctl.withDatabase { database in
                    try await database.read { db in try Users.find(named: name, in: db)?.password?.matches(password) } ?? false
                }
            }
            #expect(try await pulpctl.run("user", "create", "--username", "ann").status == 0)
            #expect(try await isLetIn("ann", "") == false)
            let file = pulpctl.folder.path + "/secret"
            try Data("from a file\nand more\n".utf8).write(to: URL(filePath: file))
            #expect(
                try await pulpctl.run("user", "reset-password", "--username", "ann", "--password-file", file).output
                    == "the user ann has another password\n")
            #expect(try await isLetIn("ann", "from a file"))
            let random = try await pulpctl.run("user", "reset-password", "--username", "ann", "--random", "--json").json["password"]?
                .stringValue
            #expect(try await isLetIn("ann", try #require(random)))
            let empty = pulpctl.folder.path + "/empty"
            try Data("\n\n".utf8).write(to: URL(filePath: empty))
            let nothing = try await pulpctl.run("user", "reset-password", "--username", "ann", "--password-file", empty)
            #expect(nothing.status == 1 && nothing.errors.contains("there is no password in \(empty)"))
            for (password, message) in [("short", "too short"), ("1234567890", "entirely numeric"), ("password1", "too common")] {
                let run = try await pulpctl.run("user", "reset-password", "--username", "ann", "--password", password)
                #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
            }
            #expect(try await isLetIn("ann", try #require(random)), "what is refused changes nothing")
            #expect(try await pulpctl.run("user", "reset-password", "--username", "ann", "--random", "--password", "x").status == 64)
        }
    }

    @Test("The administrator's password is reset, in the database and in the file that pulpd keeps", arguments: DatabaseKind.allCases)
    func administrator(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            let run = try await pulpctl.run("reset-admin-password", "--random", "--quiet")
            #expect(run.status == 0, "\(run.errors)")
            let password = try #require(run.lines.first)
            #expect(try String(contentsOfFile: pulpctl.store + "/admin-password", encoding: .utf8) == "\(password)\n")
            let again = try await pulpctl.run("reset-admin-password", "--password", "admin", environment: ["PULP_ADMIN_PASSWORD": "other"])
            #expect(again.output == "the user admin has another password\n" && again.errors.contains("PULP_ADMIN_PASSWORD"))
            let admin = try await pulpctl.withDatabase { database in
                try await database.read { db in try Users.find(named: "admin", in: db) }
            }
            #expect(admin?.isAdministrator == true && admin?.password?.matches("admin") == true)
            let last = try await pulpctl.run("user", "destroy", "--username", "admin")
            #expect(last.status == 1 && last.errors.contains("admin is the last administrator who can log in"))
        }
    }

    @Test("Roles are made, given to users and groups, listed and taken", arguments: DatabaseKind.allCases)
    func roles(kind: DatabaseKind) async throws {
        try await Program.with(kind) { pulpctl in
            for words in [
                "role create --name watcher --permission file.view_filerepository --permission core.view_task",
                "user create --username ann",
                "group create --name team", "group user add --group team --username ann", "file repository create --name r",
            ] {
                let run = try await pulpctl.run(words.split(separator: " ").map(String.init))
                #expect(run.status == 0, "\(words): \(run.errors)")
            }
            let repository = try #require(
                try await pulpctl.run("file", "repository", "show", "--name", "r", "--json").json["prn"]?.stringValue)
            let href = "/pulp/api/v3/repositories/file/file/\(repository.split(separator: ":")[2])/"
            let given = try await pulpctl.run(
                "group", "role-assignment", "add", "--group", "team", "--role", "watcher", "--object", href, "--json")
            #expect(try given.json["content_object_prn"] == .string(repository), "\(given.errors)")
            #expect(try given.json["permissions"] == ["core.view_task", "file.view_filerepository"])
            #expect(
                try await pulpctl.run("user", "role-assignment", "add", "--username", "ann", "--role", "core.task_viewer", "--object", "")
                    .status == 0)
            let list = try await pulpctl.run("user", "role-assignment", "list", "--username", "ann", "--role-contains", "task")
            #expect(list.output == "role              permissions\ncore.task_viewer  core.view_task\n")
            #expect(try await pulpctl.run("group", "user", "list", "--group", "team", "--field", "username").output == "username\nann\n")
            #expect(
                try await pulpctl.run("group", "role", "add", "--name", "team", "--role", "core.group_viewer", "--user", "ann").status == 0)
            #expect(
                try await pulpctl.run("group", "role", "list", "--name", "team").output
                    == "role               users\ncore.group_viewer  ann\n")
            #expect(
                try await pulpctl.run("group", "role", "my-permissions", "--name", "team", "--user", "ann").output
                    == "permission\ncore.view_group\n")
            for (words, message) in [
                ("role update --name core.task_owner --no-permission", "The role is locked."),
                ("role create --name x --permission no.such_thing", "Permission 'no.such_thing' does not exist."),
                ("role create --name x --permission nothing", "is not in the format"),
                ("user role-assignment add --username ann --role core.task_viewer", "The role is already assigned to this user."),
                ("user role-assignment add --username ann --role core.task_viewer --object \(repository)", "does not carry any permission"),
                ("user role-assignment add --username ann --role core.task_viewer --object nonsense", "is no PRN and no href"),
                ("user role-assignment remove --username ann --role watcher", "does not have the role watcher"),
                ("group user remove --group team --username bob", #"there is no user "bob""#),
            ] {
                let run = try await pulpctl.run(words.split(separator: " ").map(String.init))
                #expect(run.status == 1 && run.errors.contains(message), "\(words): \(run.errors)")
            }
            #expect(try await pulpctl.run("role", "list", "--no-locked", "--field", "name").output == "name\nwatcher\n")
            #expect(try await pulpctl.run("role", "destroy", "--name", "watcher").status == 0)
            #expect(try await pulpctl.run("group", "role-assignment", "list", "--group", "team", "--json").json == [])
        }
    }

    @Test("An access policy is shown, changed and reset")
    func policies() async throws {
        try await Program.with { pulpctl in
            let words = ["--viewset-name", "remotes/file/file", "--json"]
            let before = try await pulpctl.run(["access-policy", "show"] + words).json
            #expect(before["customized"] == false)
            let statements = #"[{"action": "list", "principal": "*", "effect": "allow"}]"#
            let changed = try await pulpctl.run(["access-policy", "update", "--statements", statements] + words)
            #expect(
                try changed.json["customized"] == true && changed.json["creation_hooks"] == before["creation_hooks"], "\(changed.errors)")
            let wrong = try await pulpctl.run(["access-policy", "update", "--statements", #"["x"]"#] + words)
            #expect(wrong.status == 1 && wrong.errors.contains("statements: A statement must be an object."))
            let reset = try await pulpctl.run(["access-policy", "reset"] + words).json
            #expect(reset["statements"] == before["statements"] && reset["customized"] == false)
        }
    }
}
