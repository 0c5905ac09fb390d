import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Users, groups and roles at the API")
struct UserEndpointTests {
    @Test("users are made, found, changed and deleted, and no password is told", arguments: DatabaseKind.allCases)
    func users(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            let made = try await admin.send("POST", "users/", ["username": "ann", "password": .string(APIClient.password)])
            #expect(made.status == 201)
            #expect(made.head["Location"] == "/pulp/api/v3/users/2/")
            #expect(made["id"] == 2 && made["prn"] == "prn:auth.user:2" && made["groups"] == [] && made["is_active"] == true)
            #expect(made["hidden_fields"] == [["name": "password", "is_set": true]])
            #expect(made["password"] == nil && made["is_superuser"] == nil)
            #expect(made["pulp_href"] == "/pulp/api/v3/users/2/" && made["email"] == "" && made["is_staff"] == false)

            let list = try await admin.get("users/?ordering=username")
            #expect(list.results.map { $0["username"] } == ["admin", "ann"])
            for query in ["username__icontains=ANN", "prn__in=prn:auth.user:2", "pulp_href__in=/pulp/api/v3/users/2/", "is_staff=false"] {
                #expect(try await admin.get("users/?\(query)").results.map { $0["id"] } == [2], "\(query)")
            }
            #expect(try await admin.get("users/?pulp_id__in=\(UUIDv7.make())")["count"] == 0)

            let wrong = try await admin.send("POST", "users/", ["username": "a b", "email": "x", "is_superuser": true, "id": 7])
            #expect(wrong.status == 400)
            #expect(
                wrong.body == [
                    "username": ["Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."],
                    "email": ["Enter a valid email address."], "is_superuser": ["Unexpected field"], "id": ["Unexpected field"],
                ])
            #expect(try await admin.send("POST", "users/", ["username": "ann"]).body == ["username": ["This field must be unique."]])
            #expect(try await admin.status("POST", "users/", ["username": "weak", "password": "12345678"]) == 400)

            let ann = admin.with("ann:\(APIClient.password)")
            #expect(try await ann.get("login/").status == 200)
            let changed = try await admin.send("PATCH", "users/2/", ["first_name": "Ann"])
            #expect(changed["first_name"] == "Ann" && changed["hidden_fields"] == [["name": "password", "is_set": true]])
            let unset = try await admin.send("PATCH", "users/2/", ["password": nil])
            #expect(unset["hidden_fields"] == [["name": "password", "is_set": false]])
            #expect(try await admin.send("PUT", "users/2/", [:]).body == ["username": ["This field is required."]])
            #expect(try await admin.status("PATCH", "users/1/", ["is_active": false]) == 400, "the last administrator")
            #expect(try await admin.status("DELETE", "users/1/") == 400)
            #expect(try await admin.status("DELETE", "users/2/") == 204)
            for key in ["2", "x", "99999999999999999999"] {
                let gone = try await admin.get("users/\(key)/")
                #expect(gone.status == 404)
            }
        }
    }

    @Test("roles are made, found and given, for everything or one thing", arguments: DatabaseKind.allCases)
    func roles(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            _ = try await admin.newUser("ann")
            let href = try await admin.make("roles/", ["name": "looker", "permissions": ["file.view_fileremote"]])
            let role = try await admin.get(href)
            #expect(role["locked"] == false && role["description"] == .null && role["permissions"] == ["file.view_fileremote"])
            let unknown = try await admin.send("POST", "roles/", ["name": "x", "permissions": ["file.fly_fileremote"]])
            #expect(unknown.body == ["permissions": ["Permission 'file.fly_fileremote' does not exist."]])
            let locked = try #require(try await admin.get("roles/?name=file.fileremote_viewer").results.first?["pulp_href"]?.stringValue)
            #expect(try await admin.status("PATCH", locked, ["description": "x"]) == 403)
            #expect(try await admin.status("DELETE", locked) == 403)
            #expect(try await admin.get("roles/?locked=false").names == ["looker"])
            let viewers = try await admin.get("roles/?contains_permission=file.view_fileremote&ordering=name").names
            #expect(viewers == ["file.fileremote_owner", "file.fileremote_viewer", "looker"])
            let both = "roles/?contains_permission=file.view_fileremote&contains_permission=file.delete_fileremote"
            #expect(try await admin.get(both).names == ["file.fileremote_owner"])
            let typed = try await admin.get("roles/?for_object_type=/pulp/api/v3/remotes/file/file/&ordering=name").names
            #expect(typed == ["file.fileremote_creator", "file.fileremote_owner", "file.fileremote_viewer", "looker"])

            let remote = try await admin.make("remotes/file/file/", ["name": "r", "url": "http://example.org/"])
            let given = try await admin.send("POST", "users/2/roles/", ["role": "looker", "content_object": .string(remote)])
            #expect(given.status == 201, "\(given.body)")
            let own = try #require(given["pulp_href"]?.stringValue)
            #expect(own.hasPrefix("/pulp/api/v3/users/2/roles/") && given.head["Location"] == own)
            #expect(given["content_object"] == .string(remote) && given["domain"] == .null)
            #expect(given["permissions"] == ["file.view_fileremote"])
            #expect(try await admin.get(own)["prn"] == given["prn"])
            let twice = try await admin.send("POST", "users/2/roles/", ["role": "looker", "content_object": .string(remote)])
            #expect(twice.body == ["non_field_errors": ["The role is already assigned to this user."]])
            let wrong = try await admin.send("POST", "users/2/roles/", ["role": "core.task_owner", "content_object": .string(remote)])
            #expect(wrong.status == 400)
            #expect(try await admin.status("POST", "users/2/roles/", ["role": "looker", "content_object": "/nowhere/"]) == 400)
            #expect(try await admin.status("POST", "users/9/roles/", ["role": "looker"]) == 404)
            _ = try await admin.make("users/2/roles/", ["role": "core.upload_creator"])
            #expect(try await admin.get("users/2/roles/?content_object=null").results.map { $0["role"] } == ["core.upload_creator"])
            #expect(try await admin.get("users/2/roles/?content_object=\(remote)").results.map { $0["role"] } == ["looker"])
            #expect(try await admin.get("users/2/roles/?ordering=role").results.map { $0["role"] } == ["core.upload_creator", "looker"])
            #expect(try await admin.get("users/2/roles/?pulp_href__in=\(own)")["count"] == 1)
            #expect(try await admin.get(own.replacing("users/2", with: "users/1")).status == 404, "it is not that user's")
            #expect(try await admin.status("DELETE", own) == 204)
            #expect(try await admin.get("users/2/roles/")["count"] == 1)
        }
    }

    @Test("a group is its owner's, who chooses the members", arguments: DatabaseKind.allCases)
    func groups(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            let ann = try await admin.newUser("ann", roles: "core.group_creator")
            _ = try await admin.newUser("bob")
            let made = try await ann.send("POST", "groups/", ["name": "team"])
            #expect(made.status == 201)
            #expect(made.body == ["name": "team", "pulp_href": "/pulp/api/v3/groups/1/", "prn": "prn:core.group:1", "id": 1])
            #expect(try await ann.get("groups/?id=1").names == ["team"])
            #expect(try await ann.make("groups/1/users/", ["username": "bob"]) == "/pulp/api/v3/users/3/")
            #expect(try await ann.status("POST", "groups/1/users/", ["username": "ghost"]) == 400)
            #expect(try await ann.get("groups/1/users/").results.map { $0["username"] } == ["bob"])
            #expect(try await ann.status("DELETE", "groups/1/users/2/") == 404)
            #expect(try await ann.get("groups/1/roles/").status == 403)
            _ = try await admin.make("groups/1/roles/", ["role": "file.fileremote_viewer"])
            #expect(try await admin.get("groups/1/roles/").results.map { $0["role"] } == ["file.fileremote_viewer"])
            #expect(try await ann.send("PATCH", "groups/1/", ["name": "crew"])["name"] == "crew")
            #expect(try await ann.send("POST", "groups/", ["name": "crew"]).body == ["name": ["This field must be unique."]])
            #expect(try await ann.status("DELETE", "groups/1/") == 204)
            #expect(try await admin.get("groups/")["count"] == 0)
        }
    }
}
