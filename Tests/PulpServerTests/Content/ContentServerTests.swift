import Foundation
import NIOCore
import PulpCore
import PulpServer
import PulpTesting
import Testing

@Suite("The content server")
struct ContentServerTests {
    static let small = ContentFixture.pattern(1000)
    static let large = ContentFixture.pattern(700_000)

    @Test(
        "sends an artifact, whole and with what describes it", arguments: [small, large, []], [.cached, .later] as [ScriptedAnswers.Way])
    func whole(bytes: [UInt8], way: ScriptedAnswers.Way) async throws {
        try await ContentFixture.run { server in
            let artifact = try server.serve(bytes, at: "r/a.rpm", way)
            let client = try await RawClient(port: server.port)
            for _ in 0..<3 {
                let response = try await client.get("/pulp/content/r/a.rpm")
                #expect(response.status == 200)
                #expect(response.body == bytes)
                #expect(response["ETag"] == "\"\(artifact.sha256)\"")
                #expect(response["Last-Modified"] == "Sat, 21 Nov 2026 10:00:00 GMT")
                #expect(response["Cache-Control"] == "public, max-age=0, must-revalidate")
                #expect(response["Accept-Ranges"] == "bytes")
                #expect(response["X-PULP-ARTIFACT-SIZE"] == "\(bytes.count)")
                #expect(response["Content-Type"] == "application/x-rpm")
                #expect(response["Date"]?.hasSuffix("GMT") == true)
            }
            let head = try await client.get("/pulp/content/r/a.rpm", method: "HEAD")
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "\(bytes.count)")
            #expect(try await client.get("/pulp/content/r/a.rpm").body == bytes)
            try await client.close()
        }
    }

    @Test("answers ranges", arguments: [small, large])
    func ranges(bytes: [UInt8]) async throws {
        try await ContentFixture.run { server in
            try server.serve(bytes, at: "a")
            let client = try await RawClient(port: server.port)
            let path = "/pulp/content/a"
            let one = try await client.get(path, ["Range: bytes=10-19"])
            #expect(one.status == 206)
            #expect(one.body == Array(bytes[10..<20]))
            #expect(one["Content-Range"] == "bytes 10-19/\(bytes.count)")
            let last = try await client.get(path, ["Range: bytes=-5"])
            #expect(last.body == bytes.suffix(5))
            let beyond = try await client.get(path, ["Range: bytes=\(bytes.count)-"])
            #expect(beyond.status == 416)
            #expect(beyond["Content-Range"] == "bytes */\(bytes.count)")
            let stale = try await client.get(path, ["Range: bytes=0-1", "If-Range: \"old\""])
            #expect(stale.status == 200 && stale.body == bytes)
            let head = try await client.get(path, method: "HEAD", ["Range: bytes=0-1"])
            #expect(head.status == 200)
            let many = "Range: bytes=" + (0..<1000).map { "\($0)-" }.joined(separator: ",")
            #expect(try await client.get(path, [many]).body == bytes)
            try await client.close()
        }
    }

    @Test("answers many ranges with as many parts", arguments: [small, large])
    func multipart(bytes: [UInt8]) async throws {
        try await ContentFixture.run { server in
            try server.serve(bytes, at: "a.txt")
            let client = try await RawClient(port: server.port)
            let response = try await client.get("/pulp/content/a.txt", ["Range: bytes=0-9,20-29,-5"])
            #expect(response.status == 206)
            let type = try #require(response["Content-Type"])
            let boundary = try #require(type.split(separator: "boundary=").last)
            let expected =
                [0..<10, 20..<30, (bytes.count - 5)..<bytes.count].reduce(into: [UInt8]()) { body, range in
                    body += "\r\n--\(boundary)\r\nContent-Type: text/plain; charset=utf-8\r\n".utf8
                    body += "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)\r\n\r\n".utf8
                    body += bytes[range]
                } + "\r\n--\(boundary)--\r\n".utf8
            #expect(response.body == expected)
            #expect(try await client.get("/pulp/content/a.txt").body == bytes)
            try await client.close()
        }
    }

    @Test("does not send again what the client has")
    func conditions() async throws {
        try await ContentFixture.run { server in
            let artifact = try server.serve(Self.large, at: "a")
            let client = try await RawClient(port: server.port)
            let path = "/pulp/content/a"
            for condition in ["If-None-Match: \"\(artifact.sha256)\"", "If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT"] {
                let response = try await client.get(path, [condition])
                #expect(response.status == 304)
                #expect(response["ETag"] == "\"\(artifact.sha256)\"")
                #expect(response["Content-Length"] == nil)
            }
            #expect(try await client.get(path, ["If-Match: \"x\""]).status == 412)
            #expect(try await client.get(path, ["If-None-Match: \"x\""]).body == Self.large)
            try await client.close()
        }
    }

    @Test("sends artifacts of a store that has no files")
    func storeWithoutFiles() async throws {
        let digest = ContentFixture.digest(Self.large)
        try await ContentFixture.run(store: MemoryStore(artifacts: [digest: Self.large])) { server in
            server.answers.set(
                "a",
                .artifact(
                    ServedArtifact(
                        sha256: digest, size: Int64(Self.large.count), name: "a", lastModified: .now, localPath: nil)))
            let client = try await RawClient(port: server.port)
            #expect(try await client.get("/pulp/content/a").body == Self.large)
            #expect(try await client.get("/pulp/content/a", ["Range: bytes=99999-500000"]).body == Array(Self.large[99_999...500_000]))
            #expect(try await client.get("/pulp/content/a", method: "HEAD").status == 200)
            #expect(try await client.get("/pulp/content/a").body == Self.large)
            try await client.close()
        }
    }

    @Test("says so when the store has lost an artifact")
    func lost() async throws {
        try await ContentFixture.run { server in
            let artifact = try server.serve(Self.large, at: "a")
            server.answers.set(
                "gone",
                .artifact(
                    ServedArtifact(
                        sha256: artifact.sha256, size: 5, name: "gone", lastModified: .now, localPath: server.directory.path + "/gone")))
            server.answers.set(
                "short",
                .artifact(
                    ServedArtifact(
                        sha256: artifact.sha256, size: 5, name: "short", lastModified: .now, localPath: artifact.localPath)))
            let client = try await RawClient(port: server.port)
            #expect(try await client.get("/pulp/content/gone").status == 502)
            #expect(try await client.get("/pulp/content/short").status == 502)
            #expect(try await client.get("/pulp/content/a").body == Self.large)
            try await client.close()
        }
    }

    @Test("answers what is no artifact")
    func others() async throws {
        try await ContentFixture.run { server in
            server.answers.set("dir", .redirect(path: "dir ä/\r\nX: y/"))
            server.answers.set("dir/", .bytes(ByteBuffer(string: "<html>"), contentType: "text/html; charset=utf-8", entity: nil))
            server.answers.set("guarded", .forbidden(reason: "no entry"), .later)
            server.answers.set("why", .notFound(reason: "nothing is published"))
            server.answers.set("away", .unavailable(reason: "later", retryAfter: .seconds(30)))
            server.answers.set("bad", .unavailable(reason: "upstream says 500", retryAfter: nil))
            let client = try await RawClient(port: server.port)
            let redirect = try await client.get("/pulp/content/dir")
            #expect(redirect.status == 301)
            #expect(redirect["Location"] == "/pulp/content/dir%20%C3%A4/%0D%0AX:%20y/")
            let listing = try await client.get("/pulp/content/dir/")
            #expect(listing.status == 200 && listing.text == "<html>")
            #expect(listing["Content-Type"] == "text/html; charset=utf-8")
            #expect(try await client.get("/pulp/content/guarded").status == 403)
            let missing = try await client.get("/pulp/content/why")
            #expect(missing.status == 404 && missing.text == "404: nothing is published")
            #expect(try await client.get("/pulp/content/nothing").text == "404: Not Found")
            let away = try await client.get("/pulp/content/away")
            #expect(away.status == 503 && away["Retry-After"] == "30")
            #expect(try await client.get("/pulp/content/bad").status == 502)
            #expect(try await client.get("/elsewhere").status == 404)
            #expect(try await client.get("/pulp/content").status == 404)
            #expect(try await client.get("/pulp/content/why", method: "HEAD").status == 404)
            #expect(try await client.get("/pulp/content/dir/").text == "<html>")
            try await client.close()
        }
    }

    @Test("takes GET, HEAD and OPTIONS", arguments: ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
    func methods(method: String) async throws {
        try await ContentFixture.run { server in
            try server.serve(Self.small, at: "a")
            let client = try await RawClient(port: server.port)
            let refused = try await client.get("/pulp/content/a", method: method)
            #expect(refused.status == 405)
            #expect(refused["Allow"] == "GET, HEAD, OPTIONS")
            let options = try await client.get("*", method: "OPTIONS")
            #expect(options.status == 200 && options["Allow"] == "GET, HEAD, OPTIONS")
            #expect(try await client.get("/pulp/content/a").body == Self.small)
            try await client.close()
        }
    }

    @Test(
        "accepts the absolute form, and never leaves its folder",
        arguments: [
            "/pulp/content/../../etc/passwd", "/pulp/content/%2e%2e/%2e%2e/etc/passwd", "/pulp/content/%2F%2F..%2Fetc/passwd",
            "/pulp/content/..%5c..%5cetc", "/pulp/content/%252e%252e/etc/passwd", "/pulp/content/%c0%ae%c0%ae/x",
            "/pulp/content/a%00", "//etc/passwd",
        ])
    func traversal(target: String) async throws {
        try await ContentFixture.run { server in
            try server.serve(Self.small, at: "a")
            let client = try await RawClient(port: server.port)
            #expect([400, 404].contains(try await client.get(target).status))
            #expect(try await client.get("http://some.host/pulp/content/a").body == Self.small)
            try await client.close()
        }
    }
}
