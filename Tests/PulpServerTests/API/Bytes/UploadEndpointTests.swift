import NIOCore
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Uploads in chunks through the API")
struct UploadEndpointTests {
    private let bytes = Array("0123456789".utf8)

    private func put(
        _ client: APIClient, _ href: String, _ range: ClosedRange<Int>, total: String = "10", bytes: [UInt8]? = nil, sha256: String? = nil
    ) async throws -> APIClient.Answer {
        try await client.form(
            "PUT", href, [.file("file", bytes ?? Array(self.bytes[range]))] + (sha256.map { [.text("sha256", $0)] } ?? []),
            ["Content-Range: bytes \(range.lowerBound)-\(range.upperBound)/\(total)"])
    }

    private func begin(_ client: APIClient) async throws -> String {
        try #require(try await client.send("POST", "uploads/", ["size": 10])["pulp_href"]?.stringValue)
    }

    @Test("take chunks in any order, and become artifacts", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            try await pulp.withWorkers {
                let made = try await client.send("POST", "uploads/", ["size": 10])
                #expect(made.status == 201)
                let href = try #require(made["pulp_href"]?.stringValue)
                #expect(made.head["Location"] == href)
                #expect(made["size"] == 10 && made["completed"] == nil)
                #expect(made["prn"]?.stringValue?.hasPrefix("prn:core.upload:") == true)

                let last = try await put(client, href, 7...9, sha256: sha256(Array("789".utf8)))
                #expect(last.status == 200, "\(last.body)")
                #expect(last["pulp_href"]?.stringValue == href && last["chunks"] == nil)
                #expect(try await put(client, href, 0...3, total: "*").status == 200)
                // A chunk in the place of another.
                #expect(try await put(client, href, 0...3).status == 200)
                #expect(
                    try await client.get(href)["chunks"] == [["offset": 0, "size": 4], ["offset": 7, "size": 3]])
                let early = try await client.send("POST", href + "commit/", ["sha256": .string(sha256(bytes))])
                #expect(early.status == 400)
                #expect(early.body == ["non_field_errors": ["The upload is not complete: the bytes 4-6 are missing."]])
                #expect(try await put(client, href, 4...6).status == 200)
                #expect(try await client.get("uploads/?size__gt=9").results.map { $0["pulp_href"]?.stringValue } == [href])
                #expect(try await client.get("uploads/?size=9").results == [])

                let wrong = try await client.end(
                    of: try await client.send("POST", href + "commit/", ["sha256": .string(sha256([]))]), pulp)
                #expect(wrong["state"] == "failed")
                let commit = try await client.send("POST", href + "commit/", ["sha256": .string(sha256(bytes))])
                #expect(commit.status == 202)
                let task = try await client.end(of: commit, pulp)
                #expect(task["name"] == "pulpcore.app.tasks.upload.commit")
                let artifact = try #require(task["created_resources"]?.first?.stringValue, "\(task.body)")
                #expect(try await client.get(artifact)["sha256"] == .string(sha256(bytes)))
                let gone = try await client.send("POST", href + "commit/", ["sha256": .string(sha256(bytes))])
                #expect(gone.status == 404)
                #expect(gone.body == ["detail": "No Upload matches the given query."])
                #expect(try await client.get("uploads/")["count"] == 0)
            }
        }
    }

    @Test("refuse chunks that cannot be, and stay as they were", arguments: DatabaseKind.allCases)
    func refusal(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let href = try await begin(client)
            #expect(try await put(client, href, 2...5).status == 200)
            let before = try await client.get(href)

            func expect(_ answer: APIClient.Answer, _ body: JSON, _ location: SourceLocation = #_sourceLocation) {
                #expect(answer.status == 400, sourceLocation: location)
                #expect(answer.body == body, sourceLocation: location)
            }
            let wrongSize: JSON = ["non_field_errors": ["Chunk size does not match content range."]]
            expect(try await put(client, href, 6...9, bytes: [1, 2, 3]), wrongSize)
            expect(try await put(client, href, 6...9, bytes: Array(repeating: 1, count: 100_000)), wrongSize)
            expect(
                try await put(client, href, 6...9, sha256: sha256([1])), ["Checksum does not match chunk upload."])
            expect(
                try await put(client, href, 6...10, total: "*", bytes: Array(repeating: 1, count: 5)),
                ["non_field_errors": ["End byte is greater than upload size."]])
            expect(
                try await put(client, href, 6...9, total: "11"),
                ["non_field_errors": ["The content range header speaks of 11 bytes in total, and the upload has 10."]])
            let missing: JSON = ["non_field_errors": ["Invalid or missing content range header."]]
            expect(try await client.form("PUT", href, [.file("file", bytes)]), missing)
            expect(try await client.form("PUT", href, [.file("file", bytes)], ["Content-Range: bytes 9-0/10"]), missing)
            expect(
                try await client.form("PUT", href, [], ["Content-Range: bytes 0-1/10"]), ["file": ["No file was submitted."]])
            let overlap = try await put(client, href, 5...9)
            #expect(overlap.status == 400)
            #expect(overlap.body.first?.stringValue?.contains("overlaps the chunk 2-5") == true)

            #expect(try await client.get(href)["chunks"] == before["chunks"])
            #expect(try pulp.stagedFiles() == [])
            #expect(try await client.send("POST", "uploads/", [:]).body == ["size": ["This field is required."]])
            expect(
                try await client.send("POST", "uploads/", ["size": -1]), ["size": ["Ensure this value is greater than or equal to 0."]])
            expect(try await client.send("POST", href + "commit/", [:]), ["sha256": ["This field is required."]])
            expect(try await client.send("POST", href + "commit/", ["sha256": "x"]), ["sha256": ["\"x\" is not a sha256 digest."]])
            let stranger = try await put(client, "uploads/01900000-0000-7000-8000-000000000000/", 0...1)
            #expect(stranger.status == 404)
        }
    }

    @Test("can be given up", arguments: DatabaseKind.allCases)
    func deletion(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let href = try await begin(client)
            #expect(try await put(client, href, 2...5).status == 200)
            #expect(try await client.get(href, method: "DELETE").status == 204)
            #expect(try await client.get(href, method: "DELETE").status == 404)
            #expect(try await pulp.uploads.list() == [])
        }
    }
}
