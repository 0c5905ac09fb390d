import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Things that the API shows")
struct DetailTests {
    @Test("a repository, with its hrefs, and its versions", arguments: DatabaseKind.allCases)
    func repository(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let remote = try await pulp.create(FileRemote(name: "r", url: "http://127.0.0.1:9/PULP_MANIFEST"))
            var repository = FileRepository(name: "r")
            repository.repository.remote = remote.id.cast()
            let record = try await pulp.create(repository)
            let href = "/pulp/api/v3/repositories/file/file/\(record.id.uuid)/"
            let answer = try await client.get(href)
            #expect(answer.status == 200)
            #expect(answer.head["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS")
            guard case .object(let object) = answer.body else { throw APIError.notFound("object") }
            #expect(
                Set(object.names) == [
                    "pulp_href", "prn", "pulp_created", "pulp_last_updated", "versions_href", "pulp_labels", "latest_version_href", "name",
                    "description", "retain_repo_versions", "retain_checkpoints", "remote", "autopublish", "manifest", "last_sync_details",
                ])
            #expect(answer["pulp_href"]?.stringValue == href)
            #expect(answer["prn"]?.stringValue == record.id.prn)
            #expect(answer["latest_version_href"]?.stringValue == href + "versions/0/")
            #expect(answer["remote"]?.stringValue == "/pulp/api/v3/remotes/file/file/\(remote.id.uuid)/")
            let versions = try await client.get(href + "versions/")
            #expect(versions["count"] == 1)
            let version = try await client.get(href + "versions/0/")
            #expect(version["repository"]?.stringValue == href)
            #expect(version["content_summary"] == ["added": [:], "removed": [:], "present": [:]])
            #expect(try await client.get(href + "versions/7/").body == ["detail": "No RepositoryVersion matches the given query."])
            #expect(try await client.get(href + "versions/?bogus=1").status == 400)
            let missing = try await client.get("repositories/file/file/01900000-0000-7000-8000-000000000000/")
            #expect(missing.status == 404)
            #expect(missing.body == ["detail": "No FileRepository matches the given query."])
        }
    }

    @Test("a remote, without its secrets", arguments: DatabaseKind.allCases)
    func remote(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            var remote = FileRemote(name: "r", url: "http://127.0.0.1:9/PULP_MANIFEST")
            (remote.remote.username, remote.remote.password) = ("u", "geheim")
            let record = try await pulp.create(remote)
            let answer = try await client.get("remotes/file/file/\(record.id.uuid)/")
            #expect(!answer.head.text.contains("geheim"))
            #expect(answer["username"] == nil && answer["password"] == nil)
            guard case .array(let hidden)? = answer["hidden_fields"] else { throw APIError.notFound("hidden_fields") }
            let isSet = Dictionary(uniqueKeysWithValues: hidden.map { ($0["name"]?.stringValue ?? "", $0["is_set"]) })
            #expect(
                isSet == [
                    "client_key": false, "proxy_username": false, "proxy_password": false, "username": true, "password": true,
                ])
        }
    }

    @Test("a publication and a distribution, which know each other and the version", arguments: DatabaseKind.allCases)
    func published(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let repository = try await pulp.create(FileRepository(name: "r"))
            let id = try await pulp.run(PublishFiles(repository.id, version: nil, manifest: nil, checkpoint: false))
            var distribution = FileDistribution(name: "d", basePath: "some/where")
            distribution.distribution.publication = id.cast()
            let record = try await pulp.create(distribution)
            let href = "/pulp/api/v3/repositories/file/file/\(repository.id.uuid)/"
            let publication = try await client.get("publications/file/file/\(id.uuid)/")
            #expect(publication["repository"]?.stringValue == href)
            #expect(publication["repository_version"]?.stringValue == href + "versions/0/")
            #expect(publication["distributions"] == [.string("/pulp/api/v3/distributions/file/file/\(record.id.uuid)/")])
            let shown = try await client.get("distributions/file/file/\(record.id.uuid)/")
            #expect(shown["base_url"]?.stringValue == "http://127.0.0.1:24816/pulp/content/some/where/")
            #expect(shown["no_content_change_since"] == shown["pulp_last_updated"])
            let task = try await client.get("tasks/?name__contains=publish")
            #expect(task.results.first?["created_resources"] == [.string("/pulp/api/v3/publications/file/file/\(id.uuid)/")])
            #expect(task.results.first?["state"] == "completed")
        }
    }

    @Test("a task, which can be canceled while it has not ended", arguments: DatabaseKind.allCases)
    func task(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let waiting = try await pulp.dispatch(OrphanCleanup(protectionTime: 0))
            let href = "/pulp/api/v3/tasks/\(waiting.id.uuid)/"
            let json = ["Content-Type: application/json"]
            let refused = try await client.get(href, method: "PATCH", json, body: #"{"state": "x"}"#)
            #expect(refused.status == 400)
            #expect(refused.body == ["state": ["The only acceptable value for 'state' is 'canceled'."]])
            #expect(try await client.get(href, method: "PATCH", json, body: "{bad").status == 400)
            #expect(try await client.get(href, method: "PATCH", ["Content-Type: text/xml"], body: "<a/>").status == 415)
            #expect(try await client.get(href)["state"] == "waiting")
            let canceled = try await client.get(href, method: "PATCH", json, body: #"{"state": "canceled"}"#)
            #expect(canceled.status == 200)
            #expect(canceled["state"] == "canceled")
            let again = try await client.get(href, method: "PATCH", json, body: #"{"state": "canceled"}"#)
            #expect(again.status == 409)
            #expect(try await client.get("tasks/?state=canceled")["count"] == 1)
            #expect(
                try await client.get("tasks/?state=bogus").body == [
                    "state": ["Select a valid choice. bogus is not one of the available choices."]
                ])
        }
    }
}
