import NIOCore
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Artifacts through the API")
struct ArtifactEndpointTests {
    private let bytes = Array("artifact".utf8)

    @Test("are made of a file, and shown as Pulp shows them", arguments: DatabaseKind.allCases)
    func creation(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let digest = sha256(bytes)
            let made = try await client.form(
                "POST", "artifacts/", [.text("size", "8"), .file("file", bytes), .text("sha256", digest.uppercased())])
            #expect(made.status == 201, "\(made.body)")
            let href = try #require(made["pulp_href"]?.stringValue)
            #expect(made.head["Location"] == href)
            #expect(made.head["Allow"] == "GET, POST, HEAD, OPTIONS")
            #expect(made["file"] == .string("artifact/\(digest.prefix(2))/\(digest.dropFirst(2))"))
            #expect(made["size"] == 8 && made["md5"] == .null && made["sha256"] == .string(digest))
            #expect(
                made.body.memberNames == [
                    "pulp_href", "prn", "pulp_created", "pulp_last_updated", "file", "size", "md5", "sha1", "sha224", "sha256", "sha384",
                    "sha512",
                ])
            #expect(try await client.get(href).body == made.body)
            #expect(try await client.get("artifacts/?sha256=\(digest)").results == [made.body])
            #expect(try await client.get("artifacts/?sha256=0&ordering=-size").results == [])
            #expect(try await client.get("artifacts/?orphaned_for=0").results == [made.body])
            #expect(try await client.get("artifacts/?orphaned_for=60").results == [])

            let again = try await client.form("POST", "artifacts/", [.file("file", bytes)])
            #expect(again.status == 400)
            #expect(again.body == ["non_field_errors": [.string("Artifact with sha256 checksum of '\(digest)' already exists.")]])
            let deletion = try await client.get(href, method: "DELETE")
            #expect(deletion.status == 403)
            #expect(deletion.body == ["detail": "You do not have permission to perform this action."])

            // Who sends the bytes again mends an artifact that has lost them.
            let lost = try SHA256Digest(hex: digest)
            try await pulp.store.delete(lost)
            let mended = try await client.form("POST", "artifacts/", [.file("file", bytes)])
            #expect(mended.status == 201 && mended["pulp_href"]?.stringValue == href)
            #expect(try await pulp.store.bytes(of: lost, limit: 100) == ByteBuffer(bytes: bytes))
            #expect(try pulp.stagedFiles() == [])
        }
    }

    @Test("that are not what the client says are refused, and nothing stays", arguments: DatabaseKind.allCases)
    func refusal(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let zero = String(repeating: "0", count: 64)
            let refusals: [([FormField], JSON)] = [
                ([.file("file", bytes), .text("sha256", zero)], ["non_field_errors": ["The sha256 checksum did not match."]]),
                ([.file("file", bytes), .text("size", "9")], ["non_field_errors": ["The size did not match actual size of file."]]),
                (
                    [.file("file", bytes), .text("md5", String(repeating: "0", count: 32))],
                    ["non_field_errors": ["Checksum algorithms ['md5'] forbidden for this Pulp instance."]]
                ),
                ([.file("file", bytes), .text("sha256", "x")], ["sha256": ["\"x\" is not a sha256 digest."]]),
                ([.file("file", bytes), .text("size", "x")], ["size": ["A valid integer is required."]]),
                ([.file("file", bytes), .text("colour", "red")], ["colour": ["Unexpected field"]]),
                ([.file("other", bytes)], ["other": ["Unexpected field"]]),
                ([.file("file", bytes), .file("file", bytes)], ["file": ["There are several files of this name."]]),
                ([.text("file", "text")], ["file": ["The submitted data was not a file. Check the encoding type on the form."]]),
                ([.text("size", "9")], ["file": ["No file was submitted."]]),
            ]
            for (fields, body) in refusals {
                let answer = try await client.form("POST", "artifacts/", fields)
                #expect(answer.status == 400)
                #expect(answer.body == body)
            }
            #expect(try await client.send("POST", "artifacts/", [:]).body == ["file": ["No file was submitted."]])
            #expect(try await client.get("artifacts/01900000-0000-7000-8000-000000000000/").status == 404)
            #expect(try await pulp.artifacts.list() == [])
            #expect(try pulp.stagedFiles() == [])
        }
    }

    @Test("that break off leave nothing")
    func breakOff() async throws {
        try await DatabaseKind.sqlite.withPulp(plugins: [.file]) { pulp in
            try await pulp.ensureAdministrator(password: "secret")
            // The server ends only after the last request has.
            try await pulp.withAPI { port in
                let client = APIClient(client: try await RawClient(port: port))
                let body = FormSamples.body([FormField.file("file", [UInt8](repeating: 0x78, count: 1_000_000)).part])
                try await client.client.send(
                    client.head("POST", "artifacts/", ["Content-Length: \(body.count)"]) + body.prefix(900_000))
                try await client.client.endInput()
                _ = await client.client.ending()
            }
            #expect(try pulp.stagedFiles() == [])
            #expect(try await pulp.artifacts.list() == [])
        }
    }

    @Test("larger than all buffers arrive whole", arguments: [true, false])
    func large(isChunked: Bool) async throws {
        try await DatabaseKind.sqlite.withClient(plugins: [.file]) { pulp, client in
            var random = SplitMix(seed: 7)
            let bytes = (0..<5_000_001).map { _ in UInt8.random(in: 10...13, using: &random) }
            let body = FormSamples.body([FormField.file("file", bytes).part, FormField.text("sha256", sha256(bytes)).part])
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)"
            try await client.client.send(client.head("POST", "artifacts/", [framing]))
            for start in stride(from: 0, to: body.count, by: 77_777) {
                let piece = Array(body[start..<min(start + 77_777, body.count)])
                try await client.client.send(isChunked ? Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10] : piece)
            }
            if isChunked { try await client.client.send("0\r\n\r\n") }
            let made = try await client.answer()
            #expect(made.status == 201, "\(made.body)")
            #expect(made["size"] == .integer(bytes.count))
            #expect(try await pulp.store.size(of: SHA256Digest(hex: sha256(bytes))) == Int64(bytes.count))
        }
    }

    @Test("are asked for when a client waits for that, and not when it is refused")
    func expectation() async throws {
        try await DatabaseKind.sqlite.withClient(plugins: [.file]) { _, client in
            let body = FormSamples.body([FormField.file("file", bytes).part])
            let headers = ["Content-Length: \(body.count)", "Expect: 100-continue"]
            try await client.client.send(client.head("POST", "artifacts/", headers))
            #expect(try await client.client.head().status == 100)
            try await client.client.send(body)
            #expect(try await client.answer().status == 201)
            #expect(try await client.get("artifacts/").results.count == 1)

            var stranger = client
            stranger.credentials = "admin:wrong"
            try await client.client.send(stranger.head("POST", "artifacts/", headers))
            #expect(try await client.client.response().status == 401)
        }
    }

    @Test("that are just made are not cleaned up", arguments: DatabaseKind.allCases)
    func protection(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            #expect(try await client.form("POST", "artifacts/", [.file("file", bytes)]).status == 201)
            let made = try await client.form("POST", "content/file/files/upload/", [.file("file", [1]), .text("relative_path", "a")])
            #expect(made.status == 201, "\(made.body)")
            let cleanup = try await pulp.run(OrphanCleanup(protectionTime: 60))
            #expect(cleanup.artifacts == 0 && cleanup.content == 0)
            #expect(try await pulp.run(OrphanCleanup(protectionTime: 0)).artifacts == 2)
        }
    }
}

extension JSON {
    /// The names of an object's members, in order.
    fileprivate var memberNames: [String] { if case .object(let object) = self { object.names } else { [] } }
}
