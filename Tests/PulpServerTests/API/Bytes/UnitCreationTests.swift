import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Units of content made through the API")
struct UnitCreationTests {
    private let bytes = Array("unit".utf8)
    private static let path = "content/file/files/"

    private func created(_ answer: APIClient.Answer, _ client: APIClient, _ pulp: Pulp) async throws -> APIClient.Answer {
        #expect(answer.status == 202, "\(answer.body)")
        let task = try await client.end(of: answer, pulp)
        return try await client.get(try #require(task["created_resources"]?.first?.stringValue, "\(task.body)"))
    }

    @Test("of a file, by a task, which adds it to a repository", arguments: DatabaseKind.allCases)
    func file(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            try await pulp.withWorkers {
                let repository = try await client.send("POST", "repositories/file/file/", ["name": "r"])
                let href = try #require(repository["pulp_href"]?.stringValue)
                let fields: [FormField] = [
                    .text("relative_path", "a/b"), .text("repository", href), .text("pulp_labels", "{\"env\": \"dev\"}"),
                    .file("file", bytes),
                ]
                let unit = try await created(try await client.form("POST", Self.path, fields), client, pulp)
                #expect(unit["relative_path"] == "a/b" && unit["sha256"] == .string(sha256(bytes)))
                #expect(unit["pulp_labels"] == ["env": "dev"])
                #expect(try await client.get(href)["latest_version_href"] == .string(href + "versions/1/"))

                // The same unit once more, now from its artifact, with other labels and without.
                let same = try await created(
                    try await client.send(
                        "POST", Self.path, ["relative_path": "a/b", "artifact": unit["artifact"] ?? .null, "pulp_labels": ["env": "prod"]]),
                    client, pulp)
                #expect(same["pulp_href"] == unit["pulp_href"] && same["pulp_labels"] == ["env": "prod"])
                let unlabelled = try await created(
                    try await client.form("POST", Self.path, [.file("file", bytes), .text("relative_path", "a/b")]), client, pulp)
                #expect(unlabelled.body == same.body)
            }
        }
    }

    @Test("while the client waits", arguments: DatabaseKind.allCases)
    func now(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let made = try await client.form(
                "POST", Self.path + "upload/",
                [.file("file", bytes), .text("relative_path", "a"), .text("pulp_labels", "{\"env\": null}")])
            #expect(made.status == 201, "\(made.body)")
            let href = try #require(made["pulp_href"]?.stringValue)
            #expect(made.head["Location"] == href)
            #expect(made["pulp_labels"] == ["env": .null] && made["relative_path"] == "a")
            #expect(try await client.get(href).body == made.body)
            let again = try await client.form(
                "POST", Self.path + "upload/", [.text("artifact", made["artifact"]?.stringValue ?? ""), .text("relative_path", "a")])
            #expect(again.status == 201 && again.body == made.body)
            let other = try await client.form(
                "POST", Self.path + "upload/", [.file("file", bytes), .text("relative_path", "b"), .text("repository", "r")])
            #expect(other.body == ["repository": ["Unexpected field"]])
            #expect(try await pulp.tasks.list().total == 0)
            #expect(try await client.get("artifacts/")["count"] == 1)
        }
    }

    @Test("of an upload, which ends", arguments: DatabaseKind.allCases)
    func upload(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let href = try #require(try await client.send("POST", "uploads/", ["size": 4])["pulp_href"]?.stringValue)
            let request: JSON = ["relative_path": "a", "upload": .string(href)]
            let early = try await client.send("POST", Self.path + "upload/", request)
            #expect(early.body == ["non_field_errors": ["The upload is not complete: the bytes 0-3 are missing."]])
            _ = try await client.form("PUT", href, [.file("file", bytes)], ["Content-Range: bytes 0-3/4"])
            let made = try await client.send("POST", Self.path + "upload/", request)
            #expect(made.status == 201 && made["sha256"] == .string(sha256(bytes)), "\(made.body)")
            #expect(try await client.get(href).status == 404)
            #expect(
                try await client.send("POST", Self.path + "upload/", request).body == [
                    "upload": ["Invalid hyperlink - Object does not exist."]
                ])
        }
    }

    @Test("of a URL", arguments: DatabaseKind.allCases)
    func url(kind: DatabaseKind) async throws {
        try await withFakeRemote(["/a.txt": .file("unit")]) { remote in
            try await kind.withClient(plugins: [.file]) { pulp, client in
                let url = remote.url(of: "/a.txt")
                try await pulp.withWorkers {
                    let unit = try await created(
                        try await client.send(
                            "POST", Self.path,
                            ["relative_path": "a", "file_url": .string(url), "downloader_config": ["max_retries": 0]]), client, pulp)
                    #expect(unit["sha256"] == .string(sha256(bytes)))
                }
                let flat = try await client.form(
                    "POST", Self.path + "upload/",
                    [.text("relative_path", "b"), .text("file_url", url), .text("downloader_config.max_retries", "0")])
                #expect(flat.status == 201, "\(flat.body)")
                let missing = try await client.send(
                    "POST", Self.path + "upload/",
                    ["relative_path": "b", "file_url": .string(remote.url(of: "/none")), "downloader_config": "{\"max_retries\": 0}"])
                #expect(missing.status == 400, "\(missing.body)")
                let wrong = try await client.send(
                    "POST", Self.path + "upload/",
                    ["relative_path": "b", "file_url": "file:///etc/passwd", "downloader_config": ["max_retries": -1, "colour": "red"]])
                #expect(
                    wrong.body == [
                        "downloader_config": [
                            "max_retries": ["Ensure this value is greater than or equal to 0."], "colour": ["Unexpected field"],
                        ]
                    ])
                #expect(
                    try await client.send("POST", Self.path, ["relative_path": "b", "file_url": "file:///etc/passwd"]).body == [
                        "file_url": ["The URL scheme 'file' is not supported; use http or https."]
                    ])
            }
        }
    }

    @Test("are refused when it is not said what they are made of", arguments: DatabaseKind.allCases)
    func refusal(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let one: JSON = ["non_field_errors": ["Exactly one of 'file', 'artifact', 'upload' or 'file_url' must be specified."]]
            for path in [Self.path, Self.path + "upload/"] {
                let refusals: [([FormField], JSON)] = [
                    ([.text("relative_path", "a")], one),
                    ([.text("relative_path", "a"), .file("file", bytes), .text("file_url", "http://x/")], one),
                    ([.file("file", bytes)], ["relative_path": ["This field is required."]]),
                    (
                        [.file("file", bytes), .text("relative_path", "../a")],
                        ["relative_path": ["the path \"../a\" is not allowed: it has the segment \"..\""]]
                    ),
                    ([.text("relative_path", "a"), .text("artifact", "x")], ["artifact": ["Invalid hyperlink - No URL match."]]),
                    (
                        [.text("relative_path", "a"), .text("artifact", "/pulp/api/v3/artifacts/01900000-0000-7000-8000-000000000000/")],
                        ["artifact": ["Invalid hyperlink - Object does not exist."]]
                    ),
                    (
                        [.file("file", bytes), .text("relative_path", "a"), .text("downloader_config", "{}")],
                        ["downloader_config": ["This field is of use together with 'file_url' alone."]]
                    ),
                ]
                for (fields, body) in refusals {
                    let answer = try await client.form("POST", path, fields)
                    #expect(answer.status == 400)
                    #expect(answer.body == body)
                }
            }
            #expect(try await pulp.artifacts.list() == [])
            #expect(try pulp.stagedFiles() == [])
        }
    }

    @Test("Forms of several parts are taken by other operations too, without files")
    func otherForms() async throws {
        try await DatabaseKind.sqlite.withClient(plugins: [.file]) { _, client in
            let made = try await client.form("POST", "repositories/file/file/", [.text("name", "r"), .text("description", "")])
            #expect(made.status == 201 && made["description"] == "", "\(made.body)")
            let file = try await client.form("POST", "repositories/file/file/", [.text("name", "s"), .file("logo", bytes)])
            #expect(file.body == ["logo": ["Unexpected field"]])
            let none = try await client.get(
                "repositories/file/file/", method: "POST", ["Content-Type: multipart/form-data"], body: "name=x")
            #expect(none.status == 400)
            let many = try await client.get(
                "repositories/file/file/", method: "POST", ["Content-Type: application/x-www-form-urlencoded"],
                body: String(repeating: "a=1&", count: 1001))
            #expect(many.status == 413)
            for body in ["{\"name\": \"a\", \"name\": \"b\"}", String(repeating: "[", count: 10_000), "{", "[]"] {
                #expect(try await client.get("repositories/file/file/", method: "POST", body: body).status == 400)
            }
        }
    }
}
