import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Lists of the API")
struct ListTests {
    private func withRepositories(_ kind: DatabaseKind, _ body: (Pulp, APIClient) async throws -> Void) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let remote = try await pulp.create(FileRemote(name: "up_stream", url: "http://127.0.0.1:9/PULP_MANIFEST"))
            for (index, name) in ["core", "Core-extras", "beta", "10%"].enumerated() {
                var repository = FileRepository(name: name)
                repository.repository.retainRepoVersions = index == 0 ? nil : index
                if index == 1 { repository.repository.remote = remote.id.cast() }
                repository.repository.labels = index == 2 ? ["env": "prod"] : [:]
                _ = try await pulp.create(repository)
            }
            try await body(pulp, client)
        }
    }

    @Test("take every lookup of every field", arguments: DatabaseKind.allCases)
    func filters(kind: DatabaseKind) async throws {
        try await withRepositories(kind) { pulp, client in
            let remote = try await #require(pulp.find(FileRemote.self, named: "up_stream"))
            let href = "/pulp/api/v3/remotes/file/file/\(remote.id.uuid)/"
            let expected: [(String, [String])] = [
                ("", ["10%", "beta", "Core-extras", "core"]), ("name=core", ["core"]), ("name=", ["10%", "beta", "Core-extras", "core"]),
                ("name__iexact=CORE", ["core"]), ("name__in=core,beta", ["beta", "core"]), ("name__contains=ore", ["Core-extras", "core"]),
                ("name__contains=%25", ["10%"]), ("name__icontains=CORE", ["Core-extras", "core"]), ("name__startswith=c", ["core"]),
                ("name__istartswith=c", ["Core-extras", "core"]), ("name__regex=^.ore$", ["core"]), ("name__regex=^c.*s$", []),
                ("name__iregex=^c.*s$", ["Core-extras"]), ("name__in=core&name__in=beta", ["beta", "core"]),
                ("retain_repo_versions=2", ["beta"]), ("retain_repo_versions__gt=1", ["10%", "beta"]),
                ("retain_repo_versions__range=1,2", ["beta", "Core-extras"]), ("retain_repo_versions__isnull=true", ["core"]),
                ("retain_repo_versions__ne=2", ["10%", "Core-extras", "core"]), ("remote=\(href)", ["Core-extras"]),
                ("remote=\(remote.id)", ["Core-extras"]), ("remote=null", ["10%", "beta", "core"]),
                ("pulp_label_select=env=prod", ["beta"]), ("pulp_label_select=!env", ["10%", "Core-extras", "core"]),
                ("ordering=name", ["10%", "Core-extras", "beta", "core"]), ("ordering=-name", ["core", "beta", "Core-extras", "10%"]),
                ("limit=2&offset=1", ["beta", "Core-extras"]), ("limit=1000000000&offset=9223372036854775807", []),
                ("limit=x&offset=-3", ["10%", "beta", "Core-extras", "core"]),
            ]
            for list in ["repositories/file/file/", "repositories/"] {
                for (query, names) in expected where list.hasSuffix("file/") || !query.hasPrefix("ordering=") {
                    let answer = try await client.get("\(list)?\(query.replacing("^", with: "%5E"))")
                    #expect(answer.status == 200, "\(query): \(answer.body)")
                    #expect(answer.names == names, "\(list)?\(query)")
                }
            }
        }
    }

    @Test("say what is wrong with a question", arguments: DatabaseKind.allCases)
    func refused(kind: DatabaseKind) async throws {
        try await withRepositories(kind) { _, client in
            let expected: [(String, JSON)] = [
                ("bogus=1", ["errors": ["Invalid Filter: 'bogus'"]]),
                ("name__bogus=1&x=2", ["errors": ["Invalid Filter: 'name__bogus'", "Invalid Filter: 'x'"]]),
                ("retain_repo_versions=x", ["retain_repo_versions": ["Enter a number."]]),
                ("retain_repo_versions__range=1", ["retain_repo_versions__range": ["Range query expects two values."]]),
                ("pulp_id__in=x", ["pulp_id__in": ["Enter a valid UUID."]]), ("pulp_href__in=x", ["pulp_href__in": ["URI not valid"]]),
                ("ordering=bogus", ["ordering": ["Select a valid choice. bogus is not one of the available choices."]]),
            ]
            for (query, body) in expected {
                let answer = try await client.get("repositories/file/file/?\(query)")
                #expect(answer.status == 400)
                #expect(answer.body == body)
            }
        }
    }

    @Test("refuse a regular expression that is none, in words that name it", arguments: DatabaseKind.allCases)
    func patterns(kind: DatabaseKind) async throws {
        try await withRepositories(kind) { _, client in
            for lookup in ["regex", "iregex"] {
                let answer = try await client.get("repositories/file/file/?name__\(lookup)=%5Bcore")
                #expect(answer.status == 400)
                guard case .array(let errors)? = answer["errors"] else { throw APIError.notFound("errors") }
                #expect(errors.first?.stringValue?.hasPrefix("invalid regular expression: ") == true)
            }
            #expect(try await client.get("repositories/file/file/").status == 200)
        }
    }

    @Test("come in pages that link to each other, by the address that the client used", arguments: DatabaseKind.allCases)
    func pages(kind: DatabaseKind) async throws {
        try await withRepositories(kind) { _, client in
            let list = "http://pulp.example/pulp/api/v3/repositories/file/file/"
            let first = try await client.get("repositories/file/file/?limit=3")
            #expect(first["count"] == 4)
            #expect(first["next"]?.stringValue == "\(list)?limit=3&offset=3")
            #expect(first["previous"] == .null)
            let last = try await client.get("repositories/file/file/?limit=3&offset=3&name__contains=o")
            #expect(last["next"] == .null)
            #expect(last["previous"]?.stringValue == "\(list)?name__contains=o&limit=3&offset=0")
            let behind = try await client.get(
                "repositories/?limit=1", ["X-Forwarded-Proto: https", "X-Forwarded-Host: packages.example"])
            #expect(behind["next"]?.stringValue == "https://packages.example/pulp/api/v3/repositories/?limit=1&offset=1")
        }
    }

    @Test("show the members that are asked for", arguments: DatabaseKind.allCases)
    func fields(kind: DatabaseKind) async throws {
        try await withRepositories(kind) { _, client in
            let chosen = try await client.get("repositories/file/file/?name=core&fields=name,pulp_href")
            guard case .object(let object)? = chosen.results.first else { throw APIError.notFound("result") }
            #expect(Set(object.names) == ["name", "pulp_href"])
            let rest = try await client.get("repositories/file/file/?name=core&exclude_fields=name")
            #expect(rest.results.first?["name"] == nil && rest.results.first?["prn"] != nil)
        }
    }
}
