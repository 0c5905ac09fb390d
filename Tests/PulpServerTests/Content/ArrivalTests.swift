import NIOCore
import PulpCore
import PulpServer
import PulpTesting
import Testing

@Suite("An artifact that is still arriving")
struct ArrivalTests {
    static let bytes = ContentFixture.pattern(700_000)

    @Test("is sent as it arrives")
    func asItArrives() async throws {
        try await ContentFixture.run { server in
            let digest = ContentFixture.digest(Self.bytes)
            let arrival = DirectedArrival("a.deb", size: .success(Int64(Self.bytes.count)), sha256: digest)
            server.answers.set("a.deb", .arriving(arrival), .later)
            let client = try await RawClient(port: server.port)
            try await client.send("GET /pulp/content/a.deb HTTP/1.1\r\nHost: x\r\n\r\n")
            arrival.arrive(Array(Self.bytes[..<1000]))
            let head = try await client.head()
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "\(Self.bytes.count)")
            #expect(head["ETag"] == "\"\(digest)\"")
            #expect(head["X-PULP-ARTIFACT-SIZE"] == "\(Self.bytes.count)")
            #expect(head["Content-Type"] == "application/vnd.debian.binary-package")
            #expect(try await client.take(1000) == Array(Self.bytes[..<1000]))
            arrival.arrive(Array(Self.bytes[1000...]))
            arrival.end()
            #expect(try await client.take(Self.bytes.count - 1000) == Array(Self.bytes[1000...]))
            #expect(try await client.get("/pulp/content/a.deb").body == Self.bytes)
            await arrival.departed(2)
            try await client.close()
        }
    }

    @Test("gives a range while the rest is on its way")
    func range() async throws {
        try await ContentFixture.run { server in
            let arrival = DirectedArrival("a", size: .success(Int64(Self.bytes.count)))
            server.answers.set("a", .arriving(arrival), .later)
            arrival.arrive(Array(Self.bytes[..<5000]))
            let client = try await RawClient(port: server.port)
            let response = try await client.get("/pulp/content/a", ["Range: bytes=1000-1999"])
            #expect(response.status == 206)
            #expect(response.body == Array(Self.bytes[1000..<2000]))
            try await client.send("GET /pulp/content/a HTTP/1.1\r\nHost: x\r\nRange: bytes=-10\r\n\r\n")
            arrival.arrive(Array(Self.bytes[5000...]))
            arrival.end()
            #expect(try await client.response().body == Self.bytes.suffix(10))
            #expect(try await client.get("/pulp/content/a", ["Range: bytes=700000-"]).status == 416)
            try await client.close()
        }
    }

    @Test("of unknown size is sent in chunks, or until the end of the connection")
    func unknownSize() async throws {
        try await ContentFixture.run { server in
            let arrival = DirectedArrival("a", size: .success(nil))
            server.answers.set("a", .arriving(arrival), .later)
            arrival.arrive(Self.bytes)
            arrival.end()
            let client = try await RawClient(port: server.port)
            let response = try await client.get("/pulp/content/a", ["Range: bytes=0-4"])
            #expect(response.status == 200)
            #expect(response["Transfer-Encoding"] == "chunked")
            #expect(response.body == Self.bytes)
            #expect(try await client.get("/pulp/content/a").body == Self.bytes)
            try await client.close()
            let old = try await RawClient(port: server.port)
            let plain = try await old.get("/pulp/content/a", version: "1.0")
            #expect(plain["Transfer-Encoding"] == nil && plain.body == Self.bytes)
        }
    }

    @Test("that turns out wrong never ends in a complete response", arguments: [Int64(5000), nil], ["1.1", "1.0"])
    func mismatch(size: Int64?, version: String) async throws {
        try await ContentFixture.run { server in
            let arrival = DirectedArrival("a", size: .success(size))
            server.answers.set("a", .arriving(arrival), .later)
            let client = try await RawClient(port: server.port)
            try await client.send("GET /pulp/content/a HTTP/\(version)\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
            arrival.arrive(Array(Self.bytes[..<4000]))
            #expect(try await client.head().status == 200)
            arrival.end(.failure(PulpError(.digestMismatch, "not what was promised")))
            #expect(await client.ending() == .reset)
            await arrival.departed(1)
        }
    }

    @Test("that fails before its first byte is a proper error, and the connection goes on")
    func early() async throws {
        try await ContentFixture.run { server in
            let refused = DirectedArrival("a", size: .failure(PulpError(.http, "upstream says 404")))
            server.answers.set("a", .arriving(refused), .later)
            let wrong = DirectedArrival("b", size: .success(10))
            wrong.end(.failure(PulpError(.digestMismatch, "not what was promised")))
            server.answers.set("b", .arriving(wrong), .later)
            let client = try await RawClient(port: server.port)
            let first = try await client.get("/pulp/content/a")
            #expect(first.status == 502 && first.text == "502: upstream says 404")
            #expect(try await client.get("/pulp/content/b").status == 502)
            #expect(try await client.get("/pulp/content/a", method: "HEAD").status == 502)
            #expect(try await client.get("/pulp/content/c").status == 404)
            try await client.close()
        }
    }

    @Test("has a date, by which a client may ask")
    func date() async throws {
        try await ContentFixture.run { server in
            let arrival = DirectedArrival("a", size: .success(Int64(Self.bytes.count)))
            server.answers.set("a", .arriving(arrival), .later)
            arrival.arrive(Self.bytes)
            arrival.end()
            let client = try await RawClient(port: server.port)
            let date = "Sat, 21 Nov 2026 10:00:00 GMT"
            #expect(try await client.get("/pulp/content/a")["Last-Modified"] == date)
            #expect(try await client.get("/pulp/content/a", ["If-Modified-Since: \(date)"]).status == 304)
            #expect(try await client.get("/pulp/content/a", ["Range: bytes=0-4", "If-Range: \(date)"]).status == 206)
            let another = "If-Range: Sat, 21 Nov 2026 09:59:59 GMT"
            #expect(try await client.get("/pulp/content/a", ["Range: bytes=0-4", another]).status == 200)
            try await client.close()
        }
    }

    @Test("is not read for HEAD or for what the client has")
    func unread() async throws {
        try await ContentFixture.run { server in
            let digest = ContentFixture.digest(Self.bytes)
            let arrival = DirectedArrival("a", size: .success(5), sha256: digest)
            server.answers.set("a", .arriving(arrival), .later)
            let client = try await RawClient(port: server.port)
            let head = try await client.get("/pulp/content/a", method: "HEAD")
            #expect(head.status == 200 && head["Content-Length"] == "5" && head["ETag"] == "\"\(digest)\"")
            #expect(try await client.get("/pulp/content/a", ["If-None-Match: \"\(digest)\""]).status == 304)
            await arrival.departed(2)
            try await client.close()
        }
    }
}
