import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("What the API permits")
struct PermissionTests {
    private static let remote: JSON = ["name": "r", "url": "http://example.org/PULP_MANIFEST"]

    @Test("a user without rights makes nothing, sees nothing, and finds nothing by guessing", arguments: DatabaseKind.allCases)
    func nothing(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            let remote = try await admin.make("remotes/file/file/", Self.remote)
            let repository = try await admin.make("repositories/file/file/", ["name": "r"])
            let guarding = try await admin.make("contentguards/core/rbac/", ["name": "g"])
            let task = "/pulp/api/v3/tasks/\(try await pulp.dispatch(OrphanCleanup()).id.uuid)/"
            let group = try await admin.make("groups/", ["name": "team"])
            let ann = try await admin.newUser("ann")
            for path in ["remotes/file/file/", "repositories/file/file/", "contentguards/core/rbac/", "groups/"] {
                let answer = try await ann.send("POST", path, ["name": "x", "url": "http://example.org/"])
                #expect(answer.status == 403, "\(path)")
                #expect(answer.body == .noPermission)
            }
            for path in [
                "remotes/", "repositories/", "contentguards/", "distributions/", "publications/", "content/", "repository_versions/",
                "remotes/file/file/", "repositories/file/file/", "contentguards/core/rbac/", "distributions/file/file/",
                "publications/file/file/", "content/file/files/", "tasks/", "groups/",
            ] {
                let answer = try await ann.get(path)
                #expect(answer.status == 200 && answer["count"] == 0 && answer.results.isEmpty, "\(path) \(answer.body)")
            }
            for (href, noun) in [
                (remote, "FileRemote"), (repository, "FileRepository"), (guarding, "RBACContentGuard"), (task, "Task"), (group, "Group"),
            ] {
                let guess = try await ann.get(href)
                #expect(guess.status == 404)
                #expect(guess.body == ["detail": .string("No \(noun) matches the given query.")])
                // What is not there at all is answered in the same words.
                let uuid = String(href.split(separator: "/").last ?? "")
                #expect(try await ann.get(href.replacing(uuid, with: UUIDv7.make())).body == guess.body)
                #expect(try await ann.status("PATCH", href, ["name": "mine"]) == 404)
                #expect(try await ann.status("DELETE", href) == 404)
                for action in ["add_role/", "remove_role/"] {
                    #expect(try await ann.status("POST", href + action, ["role": "x", "users": ["ann"]]) == 404)
                }
                for action in ["list_roles/", "my_permissions/"] { #expect(try await ann.get(href + action).status == 404) }
            }
            for action in ["sync/", "modify/"] { #expect(try await ann.status("POST", repository + action) == 404) }
            for path in ["versions/", "versions/0/"] { #expect(try await ann.get(repository + path).status == 404) }
            #expect(try await ann.status("DELETE", repository + "versions/0/") == 404)
            #expect(try await ann.get(group + "users/").status == 404)
            for path in ["users/", "roles/", "access_policies/", "workers/", "users/1/", "users/1/roles/"] {
                let answer = try await ann.get(path)
                #expect(answer.status == 403, "\(path)")
                #expect(answer.body == .noPermission)
            }
            for path in ["orphans/cleanup/", "repair/", "repositories/reclaim_space/", "roles/", "users/"] {
                #expect(try await ann.status("POST", path) == 403)
            }
            #expect(try await ann.get("status/").status == 200)
            #expect(try await admin.get(remote)["name"] == "r")
        }
    }

    @Test("who makes something owns it, and others do not see it", arguments: DatabaseKind.allCases)
    func owner(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            try await pulp.withWorkers {
                let ann = try await admin.newUser("ann", roles: "file.filerepository_creator", "file.fileremote_creator")
                let bob = try await admin.newUser("bob", roles: "file.filerepository_creator")
                let repository = try await ann.make("repositories/file/file/", ["name": "hers"])
                #expect(try await ann.get(repository)["name"] == "hers")
                #expect(try await ann.get("repositories/").names == ["hers"])
                #expect(try await bob.get("repositories/file/file/").names == [])
                #expect(try await bob.get(repository).status == 404)
                let roles = try await admin.get(repository + "list_roles/")
                #expect(roles["roles"] == [["users": ["ann"], "groups": [], "role": "file.filerepository_owner"]])
                let permissions = try await ann.get(repository + "my_permissions/")
                #expect(permissions["permissions"]?.elements?.contains("file.delete_filerepository") == true)

                let changed = try await ann.end(of: try await ann.send("PATCH", repository, ["description": "new"]), pulp)
                #expect(changed["state"] == "completed", "\(changed.body)")
                let task = try #require(changed["pulp_href"]?.stringValue)
                #expect(changed["created_by"] == "/pulp/api/v3/users/2/")
                #expect(try await ann.get("tasks/").results.map { $0["pulp_href"] } == [.string(task)])
                #expect(try await bob.get(task).status == 404)
                #expect(try await bob.get("tasks/")["count"] == 0)
                #expect(try await bob.status("PATCH", task, ["state": "canceled"]) == 404)
                let owners = try await admin.get(task + "list_roles/")
                let dispatched = owners["roles"]?.elements?.map { $0["role"] } ?? []
                #expect(dispatched == ["core.task_owner", "core.task_user_dispatcher"])

                #expect(try await ann.get(repository + "versions/").results.count == 1)
                let gone = try await ann.end(of: try await ann.send("DELETE", repository, [:]), pulp)
                #expect(gone["state"] == "completed")
                let left = try await admin.get("users/2/roles/?content_object=\(repository)")
                #expect(left["count"] == 0)
                // An administrator needs no roles, and gets none.
                let plain = try await admin.make("repositories/file/file/", ["name": "admin"])
                #expect(try await admin.get(plain + "list_roles/")["roles"] == [])
            }
        }
    }

    @Test("names of things in bodies must be of what the caller may view", arguments: DatabaseKind.allCases)
    func references(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            let foreign = try await admin.make("remotes/file/file/", Self.remote)
            let ann = try await admin.newUser("ann", roles: "file.filerepository_creator", "file.fileremote_creator")
            let body: JSON = ["name": "x", "remote": .string(foreign)]
            let refused = try await ann.send("POST", "repositories/file/file/", body)
            #expect(refused.status == 403)
            #expect(refused.body == .noPermission)
            let byPRN = try #require(try await admin.get(foreign)["prn"])
            #expect(try await ann.status("POST", "repositories/file/file/", ["name": "x", "remote": byPRN]) == 403)
            let repository = try await ann.make("repositories/file/file/", ["name": "x"])
            #expect(try await ann.status("PATCH", repository, ["remote": .string(foreign)]) == 403)
            #expect(try await ann.status("POST", repository + "sync/", ["remote": .string(foreign)]) == 403)
            // What is not there is refused alike.
            #expect(try await ann.status("PATCH", repository, ["remote": "/pulp/api/v3/remotes/file/file/none/"]) == 403)
            #expect(try await admin.status("PATCH", repository, ["remote": "/pulp/api/v3/remotes/file/file/none/"]) == 400)
            let own = try await ann.make("remotes/file/file/", ["name": "own", "url": "http://example.org/"])
            #expect(try await ann.status("POST", repository + "sync/", ["remote": .string(own)]) == 202)
            #expect(try await admin.give("file.fileremote_viewer", on: foreign, users: ["ann"]).status == 201)
            #expect(try await ann.status("POST", repository + "sync/", ["remote": .string(foreign)]) == 202)
        }
    }

    @Test("units are seen through repositories, and tasks are purged by who may delete them", arguments: DatabaseKind.allCases)
    func contentAndTasks(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            try await pulp.withWorkers {
                let (seen, hidden) = (try await pulp.files("seen"), try await pulp.files("hidden"))
                let ann = try await admin.newUser("ann")
                #expect(try await admin.get("content/file/files/")["count"] == 2)
                #expect(try await ann.get("content/file/files/")["count"] == 0)
                let href = "/pulp/api/v3/repositories/file/file/\(seen.uuid)/"
                #expect(try await admin.give("file.filerepository_viewer", on: href, users: ["ann"]).status == 201)
                let units = try await ann.get("content/file/files/")
                #expect(units.results.map { $0["relative_path"] } == ["seen"])
                #expect(try await ann.get("content/")["count"] == 1)
                #expect(try await ann.get("repository_versions/")["count"] == 2)
                #expect(
                    try await ann.get("content/file/files/?repository_version=/pulp/api/v3/repositories/file/file/\(hidden.uuid)/")["count"]
                        == 0)
                for unit in try await admin.get("content/file/files/").results {
                    let href = try #require(unit["pulp_href"]?.stringValue)
                    #expect(try await ann.get(href).status == (unit["relative_path"] == "seen" ? 200 : 404))
                    #expect(
                        try await ann.status("POST", href + "set_label/", ["key": "a", "value": "b"])
                            == (unit["relative_path"] == "seen" ? 403 : 404))
                }
                _ = try await admin.end(of: try await admin.send("POST", "repair/", [:]), pulp)
                let before = try await admin.get("tasks/?state=completed")["count"]
                let purge = try await ann.end(
                    of: try await ann.send("POST", "tasks/purge/", ["finished_before": "2100-01-01T00:00:00Z"]), pulp)
                #expect(purge["state"] == "completed", "\(purge.body)")
                let after = try await admin.get("tasks/?state=completed&name__ne=\(PurgeTasks.name)")["count"]
                #expect(before == after, "they are not hers")
            }
        }
    }

    @Test("a viewer sees; a group's role is its members'", arguments: DatabaseKind.allCases)
    func viewersAndGroups(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            let remote = try await admin.make("remotes/file/file/", Self.remote)
            let ann = try await admin.newUser("ann", roles: "file.fileremote_viewer")
            let bob = try await admin.newUser("bob")
            #expect(try await ann.get("remotes/").names == ["r"])
            #expect(try await ann.get(remote).status == 200)
            #expect(try await ann.send("PATCH", remote, ["name": "x"]).body == .noPermission)
            #expect(try await ann.status("DELETE", remote) == 403)
            #expect(try await ann.status("POST", remote + "set_label/", ["key": "a", "value": "b"]) == 403)

            let group = try await admin.make("groups/", ["name": "team"])
            #expect(try await admin.make(group + "users/", ["username": "bob"]) == "/pulp/api/v3/users/3/")
            #expect(try await admin.give("file.fileremote_owner", on: remote, groups: ["team"]).status == 201)
            #expect(try await bob.get(remote)["name"] == "r")
            #expect(try await bob.status("POST", remote + "set_label/", ["key": "a", "value": "b"]) == 201)
            #expect(
                try await admin.get("users/3/")["groups"] == [["name": "team", "pulp_href": .string(group), "prn": "prn:core.group:1"]])
            #expect(try await bob.get(group).status == 404, "a member is no viewer of the group")
            #expect(try await admin.get(group + "users/").results.map { $0["username"] } == ["bob"])
            #expect(try await admin.get(group + "users/3/", method: "DELETE").status == 204)
            #expect(try await bob.get(remote).status == 404)
        }
    }

    @Test("an owner gives away what it has, and nobody more", arguments: DatabaseKind.allCases)
    func escalation(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            let ann = try await admin.newUser("ann", roles: "file.fileremote_creator")
            let bob = try await admin.newUser("bob", roles: "file.fileremote_viewer")
            let remote = try await ann.make("remotes/file/file/", Self.remote)
            #expect(try await bob.give("file.fileremote_owner", on: remote, users: ["bob"]).body == .noPermission)
            #expect(try await bob.get(remote + "list_roles/").status == 403)
            // Somebody who may give roles, and nothing else.
            _ = try await admin.make("roles/", ["name": "giver", "permissions": ["file.manage_roles_fileremote"]])
            #expect(try await admin.give("giver", on: remote, users: ["bob"]).status == 201)
            let more = try await bob.give("file.fileremote_owner", on: remote, users: ["bob"])
            #expect(more.status == 403)
            #expect(more["detail"]?.stringValue?.hasPrefix("You cannot give the role 'file.fileremote_owner'") == true)
            #expect(try await bob.give("file.fileremote_viewer", on: remote, users: ["bob"]).status == 201)
            #expect(try await bob.status("PATCH", remote, ["name": "x"]) == 403)

            #expect(try await ann.give("file.fileremote_owner", on: remote, users: ["bob"]).status == 201)
            let again = try await ann.give("file.fileremote_owner", on: remote, users: ["bob"])
            #expect(again.status == 400)
            #expect(try await bob.status("POST", remote + "set_label/", ["key": "a", "value": "b"]) == 201)
            let nobody = try await ann.give("file.fileremote_owner", on: remote, users: ["ghost"], groups: ["none"])
            #expect(
                nobody.body == [
                    "users": ["Object with username=ghost does not exist."], "groups": ["Object with name=none does not exist."],
                ])
            #expect(
                try await ann.give("no.such", on: remote, users: ["bob"]).body == ["role": ["Object with name=no.such does not exist."]])
            #expect(try await ann.give("core.task_owner", on: remote, users: ["bob"]).status == 400)
            let taken = try await ann.send("POST", remote + "remove_role/", ["role": "file.fileremote_owner", "users": ["bob"]])
            #expect(taken.status == 201)
            #expect(try await bob.status("POST", remote + "set_label/", ["key": "a", "value": "b"]) == 403)
            // Nobody but administrators gives roles for everything, makes users or roles, or changes policies.
            for (method, path) in [
                ("POST", "users/2/roles/"), ("POST", "users/"), ("PATCH", "users/2/"), ("POST", "roles/"),
                ("PATCH", try await admin.policy(of: "remotes/file/file")),
            ] { #expect(try await ann.status(method, path, ["role": "file.fileremote_owner", "is_superuser": true]) == 403) }
        }
    }

    @Test("an RBAC content guard tells whom it lets in, and its maker is let in", arguments: DatabaseKind.allCases)
    func contentGuard(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            let ann = try await admin.newUser("ann", roles: "core.rbaccontentguard_creator")
            _ = try await admin.newUser("bob")
            _ = try await admin.make("groups/", ["name": "team"])
            let href = try await ann.make("contentguards/core/rbac/", ["name": "g"])
            #expect(try await ann.give("core.rbaccontentguard_downloader", on: href, users: ["bob"], groups: ["team"]).status == 201)
            let shown = try await ann.get(href)
            #expect(shown["users"]?.elements?.map { $0["username"] } == ["ann", "bob"])
            #expect(shown["groups"] == [["name": "team", "pulp_href": "/pulp/api/v3/groups/1/", "prn": "prn:core.group:1", "id": 1]])
        }
    }

    @Test("an operator decides otherwise, and resets it", arguments: DatabaseKind.allCases)
    func policies(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, admin in
            let ann = try await admin.newUser("ann")
            _ = try await admin.make("remotes/file/file/", Self.remote)
            let policy = try await admin.policy(of: "remotes/file/file")
            let before = try await admin.get(policy)
            #expect(before["customized"] == false)
            #expect(before["queryset_scoping"] == ["function": "scope_queryset"])
            #expect(before["permissions_assignment"] == before["creation_hooks"])
            #expect(try await ann.get("remotes/file/file/").names == [])
            let open: JSON = [
                "statements": [["action": ["list", "retrieve"], "principal": "*", "effect": "allow"]], "queryset_scoping": nil,
            ]
            let changed = try await admin.send("PATCH", policy, open)
            #expect(changed.status == 200, "\(changed.body)")
            #expect(changed["customized"] == true && changed["queryset_scoping"] == .null)
            #expect(try await ann.get("remotes/file/file/").names == ["r"])
            #expect(try await ann.with(nil).get("remotes/file/file/").names == ["r"], "everybody may read")
            #expect(try await ann.with(nil).status("POST", "remotes/file/file/", Self.remote) == 401)
            #expect(try await ann.with(nil).get("repositories/file/file/").status == 401)
            let grouped = try await admin.send(
                "PATCH", policy, ["statements": [["action": "list", "principal": "group:team", "effect": "allow"]]])
            #expect(grouped.status == 200)
            #expect(try await ann.get("remotes/file/file/").status == 403)
            _ = try await admin.make("groups/", ["name": "team"])
            _ = try await admin.make("groups/1/users/", ["username": "ann"])
            #expect(try await ann.get("remotes/file/file/").names == ["r"])
            #expect(try await admin.send("PUT", policy, [:]).body == ["statements": ["This field is required."]])
            #expect(try await admin.status("PATCH", policy, ["viewset_name": "x"]) == 400)
            let reset = try await admin.send("POST", policy + "reset/", [:])
            #expect(reset["customized"] == false && reset["statements"] == before["statements"])
            #expect(try await ann.get("remotes/file/file/").names == [])
        }
    }
}

extension Pulp {
    /// A repository with one file of the same name.
    fileprivate func files(_ name: String) async throws -> ID<FileRepository> {
        let id = try await create(FileRepository(name: name)).id
        _ = try await newVersion(of: id) { draft in
            try await draft.add([FileContent(relativePath: try RelativePath(name), digest: .ofNothing)])
        }
        return id
    }
}
