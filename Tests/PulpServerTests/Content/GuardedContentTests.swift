import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("The content server, before what is guarded", .timeLimit(.minutes(15)))
struct GuardedContentTests {
    private static let gold = "X-Partner: \(Data("gold".utf8).base64EncodedString())"
    private static let silver = "X-Partner: \(Data("silver".utf8).base64EncodedString())"

    /// Files under `a`, guarded by a guard, and under `ab`, guarded by none.
    private func withFiles<G: ContentGuardKind>(
        _ kind: DatabaseKind, _ guarding: G, _ body: (Pulp, Record<G>, RawClient) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { folder in
            try await kind.withPulp(plugins: [.file], { $0.allowedImportPaths = [folder.path] }) { pulp in
                let repository = try await pulp.files(["f", "dir/g"], from: folder)
                let record = try await pulp.create(guarding)
                for (path, id) in [("a", record.id.cast(to: ContentGuard.self)), ("ab", nil)] {
                    var distribution = FileDistribution(name: path, basePath: path, of: repository.id)
                    distribution.distribution.contentGuard = id
                    _ = try await pulp.create(distribution)
                }
                try await pulp.withContent { client in try await body(pulp, record, client) }
            }
        }
    }

    @Test("answers nothing below it without what the guard wants, and everything with it", arguments: DatabaseKind.allCases)
    func header(kind: DatabaseKind) async throws {
        try await withFiles(kind, HeaderContentGuard(name: "h", header: "x-partner", value: "gold")) { _, _, client in
            let paths = [
                ("a", 301), ("a/", 200), ("a/f", 200), ("a/dir", 301), ("a/dir/", 200), ("a/dir/g", 200), ("a/PULP_MANIFEST", 200),
                ("a/missing", 404), ("a/f/below", 404), ("%61/f", 200), ("a/f?x=1", 200),
            ]
            // At first nothing is kept, later all is.
            for _ in 0..<3 {
                for (path, status) in paths {
                    for headers in [[], [Self.silver], ["X-Partner: gold"], [Self.gold, Self.silver], [Self.silver, Self.gold]] {
                        let refused = try await client.get("/pulp/content/\(path)", headers)
                        #expect(refused.status == 403, "\(path) \(headers)")
                        #expect(refused.text == "403: Access denied.")
                        #expect(refused["Cache-Control"] == "no-store" && refused["ETag"] == nil && refused["Location"] == nil)
                    }
                    #expect(try await client.get("/pulp/content/\(path)", [Self.gold]).status == status, "\(path)")
                    #expect(try await client.get("/pulp/content/\(path)", method: "HEAD", [Self.gold]).status == status, "\(path)")
                    #expect(try await client.get("/pulp/content/\(path)", method: "HEAD").status == 403, "\(path)")
                }
            }
            let file = try await client.get("/pulp/content/a/f", [Self.gold])
            #expect(file.text == "f")
            let condition = "If-None-Match: \(file["ETag"] ?? "")"
            #expect(try await client.get("/pulp/content/a/f", [condition, Self.gold]).status == 304)
            #expect(try await client.get("/pulp/content/a/f", [condition]).status == 403)
            #expect(try await client.get("/pulp/content/a/f", ["Range: bytes=0-0", Self.gold]).status == 206)
            #expect(try await client.get("/pulp/content/a/f", ["Range: bytes=0-0"]).status == 403)
        }
    }

    @Test("is not led around the guard by how a path is written, and guards nothing whose path only begins alike")
    func paths() async throws {
        try await withFiles(.sqlite, HeaderContentGuard(name: "h", header: "x-partner", value: "gold")) { (_, _, client) async throws in
            for _ in 0..<2 {
                for path in ["ab/f", "ab/", "ab/dir/g"] { #expect(try await client.get("/pulp/content/\(path)").status == 200, "\(path)") }
                for path in [
                    "/pulp/content/ab/../a/f", "/pulp/content//a/f", "/pulp/content/./a/f", "/pulp/content/a%2ff", "/pulp/content/a%2Ff",
                    "/pulp/content/ab/%2e%2e/a/f", "/pulp/content/a%00/f", "/pulp/content/a%5cf", "/pulp//content/a/f", "/PULP/CONTENT/a/f",
                    "/pulp/content/A/f",
                ] { #expect([400, 404].contains(try await client.get(path).status), "\(path)") }
                for path in ["http://x/pulp/content/a/f", "/pulp/content/%61/%66", "/pulp/content/a/f?/../../ab/f"] {
                    #expect(try await client.get(path).status == 403, "\(path)")
                }
            }
        }
    }

    @Test("lets users in who may download, and asks at each request", arguments: DatabaseKind.allCases)
    func users(kind: DatabaseKind) async throws {
        try await withFiles(kind, RBACContentGuard(name: "r")) { pulp, _, client in
            try await pulp.ensureAdministrator(password: "secret")
            func basic(_ text: String) -> String { "Authorization: Basic \(Data(text.utf8).base64EncodedString())" }
            for _ in 0..<3 {
                let nobody = try await client.get("/pulp/content/a/f")
                #expect(nobody.status == 403 && nobody.text == "403: Authentication credentials were not provided.")
                #expect(try await client.get("/pulp/content/a/f", [basic("admin:secret")]).text == "f")
                let wrong = try await client.get("/pulp/content/a/f", [basic("admin:wrong")])
                #expect(wrong.status == 403 && wrong.text == "403: Invalid username/password.")
                #expect(try await client.get("/pulp/content/ab/f", [basic("admin:wrong")]).status == 200, "nobody asks there")
            }
        }
    }

    @Test("lets in who comes with a signed URL, to that path alone", arguments: DatabaseKind.allCases)
    func signed(kind: DatabaseKind) async throws {
        try await withFiles(kind, ContentRedirectContentGuard(name: "c")) { pulp, record, client in
            let url = try await pulp.signedURL(path: "a/f", by: record.id)
            let target = url.dropFirst(pulp.settings.contentOrigin.count)
            let query = target.drop { $0 != "?" }
            for _ in 0..<3 {
                #expect(try await client.get(String(target)).text == "f")
                for path in ["a/f", "a/dir/g\(query)", "a/\(query)", "a\(query)", "a/f\(query)&x=1", "a/f\(query.dropLast())"] {
                    let refused = try await client.get("/pulp/content/\(path)")
                    #expect(refused.status == 403 && refused.text == "403: Access not authenticated", "\(path)")
                }
            }
        }
    }

    @Test("goes by the guard as it is now, whatever was kept before", arguments: DatabaseKind.allCases)
    func changes(kind: DatabaseKind) async throws {
        try await withFiles(kind, HeaderContentGuard(name: "h", header: "x-partner", value: "gold")) { pulp, record, client in
            func status(_ headers: [String]) async throws -> Int { try await client.get("/pulp/content/a/f", headers).status }
            for _ in 0..<3 { #expect(try await status([Self.gold]) == 200) }
            var changed = record
            changed.headerValue = "silver"
            try await pulp.update(changed)
            while try await status([Self.gold]) != 403 { await Task.yield() }
            #expect(try await status([Self.silver]) == 200)
            var distribution = try #require(try await pulp.find(FileDistribution.self, named: "a"))
            distribution.distribution.contentGuard = nil
            try await pulp.update(distribution)
            while try await status([]) != 200 { await Task.yield() }
            distribution.distribution.contentGuard = record.id.cast()
            try await pulp.update(distribution)
            while try await status([]) != 403 { await Task.yield() }
            await #expect(throws: PulpError.self) { try await pulp.delete(record.id) }
            #expect(try await status([]) == 403)
        }
    }
}
