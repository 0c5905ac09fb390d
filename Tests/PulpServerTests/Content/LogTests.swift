import Logging
import PulpCore
import PulpServer
import PulpTesting
import Testing

@Suite("The log of the content server")
struct LogTests {
    /// What was said of requests that did not go well.
    private func lines(_ answer: Answer, status: Int) async throws -> [LogRecorder.Line] {
        let log = LogRecorder()
        try await ContentFixture.run {
            $0.logger = log.logger
        } _: { server in
            server.answers.set("a", answer, .later)
            let client = try await RawClient(port: server.port)
            #expect(try await client.get("/pulp/content/a").status == status)
            #expect(try await client.get("/pulp/content/missing").status == 404)
            try await client.close()
        }
        return log.lines(from: .info).filter { $0.message != "content server listens" && $0.metadata["target"] != nil }
    }

    @Test("has one line for what upstream cannot give, with the reason")
    func upstream() async throws {
        let refused = DirectedArrival("a", size: .failure(PulpError(.http, "upstream says 404")))
        let lines = try await lines(.arriving(refused), status: 502)
        #expect(lines.map(\.message) == ["request"] && lines.map(\.level) == [.warning])
        #expect(lines.first?.metadata["target"] == "/pulp/content/a" && lines.first?.metadata["status"] == "502")
        #expect(lines.first?.metadata["error"] == "[PLP0025] upstream says 404")
    }

    @Test("has one line for what the store cannot read, with the artifact")
    func store() async throws {
        let digest = ContentFixture.digest([1])
        let artifact = ServedArtifact(sha256: digest, size: 1, name: "a", lastModified: .now, localPath: "/nowhere/a")
        let lines = try await lines(.artifact(artifact), status: 502)
        #expect(lines.map(\.message) == ["request"])
        #expect(lines.first?.metadata["error"]?.contains(digest.hex) == true)
    }

    @Test("has one line for what is not available, with the reason")
    func unavailable() async throws {
        let lines = try await lines(.unavailable(reason: "the database is away", retryAfter: .seconds(5)), status: 503)
        #expect(lines.map(\.message) == ["request"])
        #expect(lines.first?.metadata["error"] == "the database is away")
    }

    @Test("says nothing of requests that went well")
    func fine() async throws {
        #expect(try await lines(.notFound(reason: nil), status: 404).isEmpty)
    }
}
