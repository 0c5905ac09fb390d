import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

extension APIClient {
    /// Sends JSON.
    func send(_ method: String, _ path: String, _ body: JSON) async throws -> Answer {
        try await get(path, method: method, ["Content-Type: application/json"], body: body.text)
    }

    /// The task of an answer, once it has ended.
    func end(of answer: Answer, _ pulp: Pulp) async throws -> Answer {
        let href = try #require(answer["task"]?.stringValue, "\(answer.status) \(answer.body)")
        let uuid = try #require(href.split(separator: "/").last)
        try await pulp.tasks.waitForEnd(of: ID<TaskRecord>(prn: "prn:core.task:\(uuid)"))
        return try await get(href)
    }
}

extension Pulp {
    /// Runs workers for as long as a body runs.
    func withWorkers(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runWorkers() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
            try result.get()
        }
    }
}

@Suite("Changes through the API")
struct ChangeTests {
    private func withUpstream(_ kind: DatabaseKind, _ body: (Pulp, APIClient, String) async throws -> Void) async throws {
        let manifest = """
            a.txt,ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb,1
            sub/b.txt,3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d,1

            """
        try await withFakeRemote([
            "/PULP_MANIFEST": .file(manifest), "/a.txt": .file("a"), "/sub/b.txt": .file("b"),
        ]) { remote in
            try await kind.withClient(plugins: [.file]) { pulp, client in
                try await pulp.withWorkers { try await body(pulp, client, remote.url(of: "/PULP_MANIFEST")) }
            }
        }
    }

    @Test("the life of a file repository", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await withUpstream(kind) { pulp, client, url in
            let remote = try await client.send(
                "POST", "remotes/file/file/", ["name": "r", "url": .string(url), "username": "u", "password": "p"])
            #expect(remote.status == 201, "\(remote.body)")
            #expect(remote.head["Location"] == remote["pulp_href"]?.stringValue)
            #expect(remote["password"] == nil)
            #expect(remote.body["hidden_fields"]?.elements?.contains(["name": "password", "is_set": true]) == true)
            let made = try await client.send(
                "POST", "repositories/file/file/", ["name": "r", "remote": remote["pulp_href"] ?? .null, "pulp_labels": ["env": "dev"]])
            #expect(made.status == 201, "\(made.body)")
            let repository = try #require(made["pulp_href"]?.stringValue)

            let sync = try await client.end(of: try await client.send("POST", repository + "sync/", [:]), pulp)
            #expect(sync["state"] == "completed", "\(sync.body)")
            #expect(sync["name"] == "pulp_file.app.tasks.synchronizing.synchronize")
            #expect(sync["created_resources"] == [.string(repository + "versions/1/")])
            #expect(try await client.get("tasks/?created_resources=\(repository)versions/1/")["count"] == 1)
            #expect(sync.body["result"]?["content_summary"]?["present"]?["file.file"]?["count"] == 2)
            #expect(sync["created_by"] == "/pulp/api/v3/users/1/")
            #expect(sync["logging_cid"]?.stringValue?.count == 32)

            let units = try await client.get("content/file/files/?repository_version=\(repository)versions/1/&ordering=relative_path")
            #expect(units.results.map { $0["relative_path"] } == ["a.txt", "sub/b.txt"])
            let unit = try #require(units.results.first)
            #expect(unit["artifact"]?.stringValue?.hasPrefix("/pulp/api/v3/artifacts/") == true)
            #expect(unit["sha512"]?.stringValue?.count == 128)

            let removal = try await client.end(
                of: try await client.send("POST", repository + "modify/", ["remove_content_units": [unit["pulp_href"] ?? .null]]), pulp)
            #expect(removal.body["result"]?["content_summary"]?["present"]?["file.file"]?["count"] == 1, "\(removal.body)")
            let nothing = try await client.end(
                of: try await client.send(
                    "POST", repository + "modify/", ["remove_content_units": ["*"], "base_version": .string(repository + "versions/0/")]),
                pulp)
            #expect(nothing["state"] == "completed")
            #expect(nothing.body["result"]?["base_version"] == .string(repository + "versions/0/"))

            let published = try await client.end(
                of: try await client.send("POST", "publications/file/file/", ["repository_version": .string(repository + "versions/1/")]),
                pulp)
            let publication = try #require(published.body["created_resources"]?.first?.stringValue, "\(published.body)")
            #expect(try await client.get(publication)["repository"] == .string(repository))

            let distributed = try await client.end(
                of: try await client.send(
                    "POST", "distributions/file/file/", ["name": "r", "base_path": "files/r", "publication": .string(publication)]), pulp)
            let distribution = try #require(distributed.body["created_resources"]?.first?.stringValue, "\(distributed.body)")
            #expect(distributed.body["result"]?["base_url"] == "http://127.0.0.1:24816/pulp/content/files/r/")
            #expect(try await client.get(publication)["distributions"] == [.string(distribution)])
            let overlap = try await client.send("POST", "distributions/file/file/", ["name": "x", "base_path": "files/r/sub"])
            #expect(overlap.status == 400)
            #expect(overlap.body == ["base_path": ["base_path": "Overlaps with an existing distribution."]])

            let same = try await client.send("PATCH", repository, ["name": "r"])
            #expect(same.status == 200)
            let changed = try await client.end(of: try await client.send("PATCH", repository, ["description": "changed"]), pulp)
            #expect(changed["name"] == "pulpcore.app.tasks.base.ageneral_update")
            #expect(changed["reserved_resources_record"]?.first == made["prn"])
            #expect(try await client.get(repository)["description"] == "changed")
            #expect(try await client.send("PUT", repository, ["description": "no name"]).body == ["name": ["This field is required."]])

            let label = try await client.send("POST", repository + "set_label/", ["key": "env", "value": "prod"])
            #expect(label.status == 201)
            #expect(label.body == ["key": "env", "value": "prod"])
            #expect(try await client.get(repository)["pulp_labels"] == ["env": "prod"])
            #expect(try await client.send("POST", repository + "unset_label/", ["key": "env"]).body == ["key": "env", "value": "prod"])

            #expect(try await client.get(publication, method: "DELETE").status == 204)
            #expect(try await client.get(distribution)["publication"] == .null)
            #expect(try await client.end(of: try await client.get(distribution, method: "DELETE"), pulp)["state"] == "completed")
            #expect(
                try await client.end(of: try await client.get(repository + "versions/1/", method: "DELETE"), pulp)["state"] == "completed")
            #expect(try await client.end(of: try await client.get(repository, method: "DELETE"), pulp)["state"] == "completed")
            #expect(try await client.get(repository).status == 404)
        }
    }

    @Test("are refused with all that is wrong, and change nothing", arguments: DatabaseKind.allCases)
    func refusals(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            func refusal(_ path: String, _ body: JSON) async throws -> JSON {
                let answer = try await client.send("POST", path, body)
                #expect(answer.status == 400, "\(answer.body)")
                return answer.body
            }
            #expect(try await refusal("repositories/file/file/", [:]) == ["name": ["This field is required."]])
            #expect(
                try await refusal("repositories/file/file/", ["name": "x", "bogus": 1, "retain_repo_versions": 0])
                    == ["retain_repo_versions": ["Ensure this value is greater than or equal to 1."], "bogus": ["Unexpected field"]])
            #expect(
                try await refusal("remotes/file/file/", ["name": "x", "url": "ftp://x", "policy": "nope"])["policy"]
                    == ["\"nope\" is not a valid choice."])
            #expect(
                try await refusal("repositories/file/file/", ["name": "x", "remote": "/pulp/api/v3/remotes/x/"])
                    == ["remote": ["Invalid hyperlink - No URL match."]])
            #expect(
                try await refusal("repositories/file/file/", ["name": "x", "pulp_href": "/x/", "pulp_created": "2020-01-01T00:00:00Z"])
                    == ["pulp_href": ["Unexpected field"], "pulp_created": ["Unexpected field"]])
            let record = try await pulp.create(FileRepository(name: "r"))
            let href = "repositories/file/file/\(record.id.uuid)/"
            #expect(try await refusal("repositories/file/file/", ["name": "r"]) == ["name": ["This field must be unique."]])
            #expect(
                try await refusal(href + "sync/", [:]) == [
                    "remote": ["This field is required since a remote is not set on the repository."]
                ])
            #expect(
                try await refusal("publications/file/file/", [:])
                    == ["non_field_errors": ["Either the 'repository' or 'repository_version' need to be specified"]])
            #expect(
                try await refusal(
                    href + "modify/", ["add_content_units": ["/pulp/api/v3/content/file/files/01900000-0000-7000-8000-000000000000/"]])
                    == ["add_content_units": ["Invalid hyperlink - Object does not exist."]])
            #expect(try await refusal(href + "set_label/", ["key": "a(b", "value": "x"])["key"] != nil)
            #expect(try await pulp.list(FileRepository.self).count == 1)
            #expect(try await pulp.list(FileRemote.self).isEmpty)
        }
    }

    @Test("take forms as well as JSON", arguments: DatabaseKind.allCases)
    func forms(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, client in
            let answer = try await client.get(
                "repositories/file/file/", method: "POST", ["Content-Type: application/x-www-form-urlencoded"],
                body: "name=a+b&autopublish=true&retain_repo_versions=3&pulp_labels=%7B%22a%22%3A%22b%22%7D")
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer["name"] == "a b")
            #expect(answer["autopublish"] == true)
            #expect(answer["retain_repo_versions"] == 3)
            #expect(answer["pulp_labels"] == ["a": "b"])
            let other = try await client.get("repositories/file/file/", method: "POST", ["Content-Type: text/xml"], body: "<x/>")
            #expect(other.status == 415)
            #expect(other.body == ["detail": "Unsupported media type \"text/xml\" in request."])
            let broken = try await client.get("repositories/file/file/", method: "POST", ["Content-Type: application/json"], body: "{bad")
            #expect(
                broken.body == [
                    "detail": "JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
                ])
        }
    }
}
