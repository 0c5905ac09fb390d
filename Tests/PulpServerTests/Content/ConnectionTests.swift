import NIOCore
import PulpCore
import PulpServer
import PulpTesting
import Testing

@Suite("A connection to the content server")
struct ConnectionTests {
    static let small = ContentFixture.pattern(1000)
    static let large = ContentFixture.pattern(700_000)

    @Test("gets pipelined requests answered in order, whatever each answer waits for")
    func pipelining() async throws {
        let digest = ContentFixture.digest(Self.large)
        try await ContentFixture.run(store: MemoryStore(artifacts: [digest: Self.large])) { server in
            try server.serve(Self.small, at: "small")
            try server.serve(Self.small, at: "later", .later)
            try server.serve(Self.large, at: "large")
            server.answers.set(
                "stored",
                .artifact(
                    ServedArtifact(
                        sha256: digest, size: Int64(Self.large.count), name: "a", lastModified: .now, localPath: nil)), .later)
            let kinds = ["small", "later", "large", "stored", "missing"]
            let order = (0..<60).map { _ in kinds.randomElement() ?? "" }
            let client = try await RawClient(port: server.port)
            try await client.send(order.map { "GET /pulp/content/\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
            for kind in order {
                let response = try await client.response()
                switch kind {
                case "missing": #expect(response.status == 404)
                case "large", "stored": #expect(response.body == Self.large)
                default: #expect(response.body == Self.small)
                }
            }
            #expect(client.leftover == 0)
            try await client.close()
        }
    }

    @Test("that the client half-closes still gets its answers", arguments: [ScriptedAnswers.Way.cached, .later])
    func halfClosed(way: ScriptedAnswers.Way) async throws {
        try await ContentFixture.run { server in
            try server.serve(Self.small, at: "a", way)
            try server.serve(Self.large, at: "b", way)
            let client = try await RawClient(port: server.port)
            try await client.send("GET /pulp/content/a HTTP/1.1\r\nHost: x\r\n\r\nGET /pulp/content/b HTTP/1.1\r\nHost: x\r\n\r\n")
            try await client.endInput()
            #expect(try await client.response().body == Self.small)
            #expect(try await client.response().body == Self.large)
            #expect(await client.ending() == .closed)
        }
    }

    @Test("ends after the response when asked to, and with HTTP/1.0 unless asked not to")
    func closing() async throws {
        try await ContentFixture.run { server in
            try server.serve(Self.small, at: "a")
            try server.serve(Self.large, at: "b")
            for path in ["/pulp/content/a", "/pulp/content/b"] {
                let closing = try await RawClient(port: server.port)
                let last = try await closing.get(path, ["Connection: close"])
                #expect(last.status == 200 && last["Connection"] == "close")
                #expect(await closing.ending() == .closed)
                let old = try await RawClient(port: server.port)
                #expect(try await old.get(path, version: "1.0").status == 200)
                #expect(await old.ending() == .closed)
            }
        }
    }

    @Test(
        "with an ambiguous or malformed request is refused and ended",
        arguments: [
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n bytes=3-4\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
            "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA\u{0}: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA: b\u{0}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            "GET /\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
            "FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n",
        ])
    func refused(request: String) async throws {
        try await ContentFixture.run { server in
            let client = try await RawClient(port: server.port)
            try await client.send(request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
            let response = try await client.response()
            #expect([400, 505].contains(response.status), "\(response.status)")
            #expect(response["Connection"] == "close")
            #expect(await client.ending() == .closed)
            #expect(client.leftover == 0)
        }
    }

    @Test("with a head that is too large is refused and ended")
    func largeHead() async throws {
        try await ContentFixture.run { server in
            for (request, status) in [
                ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
                ("GET / HTTP/1.1\r\nHost: x\r\n" + (0..<50).map { "A\($0): \(String(repeating: "b", count: 1000))\r\n" }.joined(), 431),
                ("GET / HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "b", count: 20_000))\r\n\r\n", 431),
                ("GET / HTTP/1.1\r\nHost: x\r\n" + (0..<500).map { "A\($0): b\r\n" }.joined() + "\r\n", 431),
            ] {
                let client = try await RawClient(port: server.port)
                try await client.send(request)
                #expect(try await client.response().status == status)
                #expect(await client.ending() == .closed)
            }
        }
    }

    @Test("may send a body, which is forgotten; a large one is refused")
    func bodies() async throws {
        try await ContentFixture.run { server in
            try server.serve(Self.small, at: "a")
            let client = try await RawClient(port: server.port)
            let path = "/pulp/content/a"
            try await client.send(
                "GET \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nGET /GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            #expect(try await client.response().body == Self.small)
            #expect(try await client.response().body == Self.small)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            #expect(try await client.response().body == Self.small)
            try await client.send(
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 70_000))
            #expect(try await client.response().status == 413)
            #expect(await client.ending() == .closed)
        }
    }

    @Test("that asks to upgrade gets its answer, and no upgrade")
    func upgrade() async throws {
        try await ContentFixture.run { server in
            try server.serve(Self.small, at: "a")
            let client = try await RawClient(port: server.port)
            let response = try await client.get(
                "/pulp/content/a", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"])
            #expect(response.body == Self.small)
            #expect(await client.ending() == .closed)
        }
    }

    @Test("that sends nothing, or its head too slowly, is ended")
    func slow() async throws {
        try await ContentFixture.run { configuration in
            // Long enough to connect and to send on a machine that is busy with other tests.
            configuration.headTimeout = .seconds(3)
            configuration.idleTimeout = .seconds(3)
        } _: { server in
            try server.serve(Self.small, at: "a")
            let silent = try await RawClient(port: server.port)
            let slow = try await RawClient(port: server.port)
            try await slow.send("GET /pulp/con")
            let idle = try await RawClient(port: server.port)
            #expect(try await idle.get("/pulp/content/a").status == 200)
            #expect(await silent.ending() == .closed)
            #expect(try await slow.response().status == 408)
            #expect(await slow.ending() == .closed)
            #expect(await idle.ending() == .closed)
        }
    }

    @Test("is not taken when there are too many")
    func tooMany() async throws {
        try await ContentFixture.run {
            $0.connections = 2
        } _: { server in
            try server.serve(Self.small, at: "a")
            let first = try await RawClient(port: server.port)
            let second = try await RawClient(port: server.port)
            #expect(try await first.get("/pulp/content/a").status == 200)
            #expect(try await second.get("/pulp/content/a").status == 200)
            let third = try await RawClient(port: server.port)
            await #expect(throws: (any Error).self) { try await third.get("/pulp/content/a") }
            #expect(try await first.get("/pulp/content/a").status == 200)
            try await first.close()
            try await second.close()
        }
    }

    @Test("ends gracefully: idle ones soon, busy ones with their response")
    func graceful() async throws {
        let arrival = DirectedArrival("a", size: .success(10))
        var busy: RawClient?
        try await ContentFixture.run {
            // As long as it takes on a machine that is busy with other tests.
            $0.grace = .seconds(300)
        } _: { server in
            server.answers.set("a", .arriving(arrival), .later)
            try server.serve(Self.small, at: "b")
            let client = try await RawClient(port: server.port)
            try await client.send("GET /pulp/content/a HTTP/1.1\r\nHost: x\r\n\r\n")
            arrival.arrive(Array("01234".utf8))
            #expect(try await client.head().status == 200)
            let idle = try await RawClient(port: server.port)
            #expect(try await idle.get("/pulp/content/b").status == 200)
            // The rest arrives when the server has begun to stop: the idle connection tells.
            idle.channel.closeFuture.whenComplete { _ in
                arrival.arrive(Array("56789".utf8))
                arrival.end()
            }
            busy = client
        }
        let client = try #require(busy)
        #expect(try await client.take(10) == Array("0123456789".utf8))
        #expect(await client.ending() == .closed)
    }

    @Test("gets an answer to what comes while the server stops, and hears that it was the last one")
    func lastRequest() async throws {
        var asking: Task<RawClient.Response, any Error>?
        try await ContentFixture.run {
            // As long as it takes; the connection ends with the answer.
            $0.idleGrace = .minutes(5)
            $0.grace = .seconds(300)
        } _: { server in
            try server.serve(Self.small, at: "a")
            let port = server.port
            let client = try await RawClient(port: port)
            #expect(try await client.get("/pulp/content/a")["Connection"] == nil)
            asking = Task {
                // Refused: the server takes nobody any more.
                while let knocking = try? await RawClient(port: port) { try await knocking.close() }
                let response = try await client.get("/pulp/content/a")
                #expect(await client.ending() == .closed)
                return response
            }
        }
        let response = try #require(try await asking?.value)
        #expect(response.body == Self.small)
        #expect(response["Connection"] == "close")
    }
}
