import PulpCore
import PulpTesting
import Testing

@testable import PulpServer

@Suite("The API")
struct APITests {
    private func withAPI(_ body: (Int) async throws -> Void) async throws {
        try await DatabaseKind.sqlite.withPulp(
            plugins: [Plugin("file", version: "3.123.1"), Plugin("rpm", version: "3.39.4")]
        ) { pulp in try await pulp.withAPI { port in try await body(port) } }
    }

    @Test("says that it lives, without a body")
    func livez() async throws {
        try await withAPI { port in
            let client = try await RawClient(port: port)
            let response = try await client.get("/pulp/api/v3/livez/")
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
            try await client.close()
        }
    }

    @Test("says how it is, as Pulp does")
    func status() async throws {
        try await withAPI { port in
            let client = try await RawClient(port: port)
            let response = try await client.get("/pulp/api/v3/status/")
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response["Allow"] == "GET, HEAD, OPTIONS")
            let status = try JSON(parsing: response.text)
            guard case .object(let object) = status, case .array(let versions) = status["versions"] else {
                Issue.record("no object: \(response.text)")
                return
            }
            #expect(
                Set(object.names) == [
                    "versions", "online_workers", "online_api_apps", "online_content_apps", "database_connection",
                    "redis_connection", "storage", "content_settings", "domain_enabled",
                ])
            #expect(versions.map { $0["component"] } == ["core", "file", "rpm"])
            #expect(versions.map { $0["version"] } == ["3.123.1", "3.123.1", "3.39.4"])
            #expect(status["database_connection"] == ["connected": true])
            #expect(status["online_workers"] == [])
            #expect(status["domain_enabled"] == false)
            #expect(status["content_settings"]?["content_path_prefix"] == "/pulp/content/")
            let head = try await client.get("/pulp/api/v3/status/", method: "HEAD")
            #expect(head.status == 200)
            try await client.close()
        }
    }

    @Test("refuses other methods", arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func methods(method: String) async throws {
        try await withAPI { port in
            let client = try await RawClient(port: port)
            let response = try await client.get("/pulp/api/v3/status/", method: method)
            #expect(response.status == 405)
            #expect(response["Allow"] == "GET, HEAD, OPTIONS")
            #expect(response.text == "{\"detail\":\"Method \\\"\(method)\\\" not allowed.\"}")
            try await client.close()
        }
    }

    @Test("is exact about paths")
    func paths() async throws {
        try await withAPI { port in
            let client = try await RawClient(port: port)
            let response = try await client.get("/pulp/api/v3/status")
            #expect(response.status == 301)
            #expect(response["Location"] == "/pulp/api/v3/status/")
            for path in ["/", "/pulp/api/v3/status//", "/pulp//api/v3/status/", "/pulp/api/v3/other/"] {
                #expect(try await client.get(path).status == 404, "\(path)")
            }
            try await client.close()
        }
    }
}
