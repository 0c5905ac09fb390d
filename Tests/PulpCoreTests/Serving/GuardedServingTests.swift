import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("What a guard guards", .timeLimit(.minutes(15)))
struct GuardedServingTests {
    private let gold = ClientCredentials(headers: [("X-Partner", Data("gold".utf8).base64EncodedString())])

    /// Notes under `n`, guarded by a guard; those under `nn` by none.
    private func withNotes(
        _ kind: DatabaseKind, hiding: Bool = false, _ body: (Pulp, Record<NoteDistribution>) async throws -> Void
    )
        async throws
    {
        try await kind.withPulp(plugins: [.notes], { $0.hideGuardedDistributions = hiding }) { pulp in
            let repository = try await pulp.notes()
            var stored: [Record<NoteDistribution>] = []
            for (path, shelf) in [("n", ID<HeaderContentGuard>?.none), ("nn", nil), ("shelf/n", nil)] {
                var value = NoteDistribution()
                value.distribution = DistributionSettings(name: path, basePath: path)
                value.distribution.repository = repository.id.cast()
                value.distribution.contentGuard = shelf?.cast()
                stored.append(try await pulp.create(value))
            }
            try await body(pulp, stored[0])
        }
    }

    private func answer(_ pulp: Pulp, _ path: String, _ credentials: ClientCredentials = .none) async throws -> String {
        switch try await pulp.serving.answer(ContentRequest(path: path), credentials) {
        case .forbidden(let reason): "403 \(reason)"
        case .notFound: "404"
        case .redirect(let path): "301 \(path)"
        case .bytes(let bytes, _, _): String(buffer: bytes)
        case .artifact, .arriving, .unavailable: "?"
        }
    }

    private func guarding(_ record: Record<NoteDistribution>, by id: ID<ContentGuard>?, in pulp: Pulp) async throws {
        var record = record
        record.distribution.contentGuard = id
        try await pulp.update(record)
    }

    @Test("is not told to strangers: neither files, listings and redirects nor what is not there", arguments: DatabaseKind.allCases)
    func strangers(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, distribution in
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X-Partner", value: "gold"))
            try await guarding(distribution, by: header.id.cast(), in: pulp)
            for (path, seen) in [("n", "301 n/"), ("n/", "404"), ("n/missing", "404"), ("n/a/b", "404")] {
                #expect(try await answer(pulp, path) == "403 Access denied.", "\(path)")
                #expect(try await answer(pulp, path, gold) == seen, "\(path)")
            }
            #expect(try await answer(pulp, "nn") == "301 nn/", "another distribution, whose path begins alike")
            #expect(try await answer(pulp, "nnn") == "404")
        }
    }

    @Test("is asked for at a cache, which keeps the rule and not who passed", arguments: DatabaseKind.allCases)
    func cached(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, distribution in
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X-Partner", value: "gold"))
            try await guarding(distribution, by: header.id.cast(), in: pulp)
            let watching = Task { await pulp.serving.watch() }
            defer { watching.cancel() }
            let request = ContentRequest(path: "n")
            // For who is not let in, the rule alone is kept.
            while pulp.serving.cachedAnswer(request) == nil {
                #expect(try await answer(pulp, "n") == "403 Access denied.")
                await Task.yield()
            }
            guard case .forbidden? = pulp.serving.cachedAnswer(request) else { throw PulpError(.internal, "let in") }
            while pulp.serving.cachedAnswer(request, { gold }) == nil {
                #expect(try await answer(pulp, "n", gold) == "301 n/")
                await Task.yield()
            }
            guard case .redirect? = pulp.serving.cachedAnswer(request, { gold }) else { throw PulpError(.internal, "not let in") }
            guard case .forbidden? = pulp.serving.cachedAnswer(request) else { throw PulpError(.internal, "let in by the cache") }

            var changed = header
            changed.headerValue = "silver"
            try await pulp.update(changed)
            while try await answer(pulp, "n", gold) != "403 Access denied." { await Task.yield() }
            try await guarding(distribution, by: nil, in: pulp)
            while try await answer(pulp, "n") != "301 n/" { await Task.yield() }
            try await guarding(distribution, by: header.id.cast(), in: pulp)
            while try await answer(pulp, "n") != "403 Access denied." { await Task.yield() }
        }
    }

    @Test("is there for who one part of a composite lets in; the names of the others are told", arguments: DatabaseKind.allCases)
    func composite(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, distribution in
            let header = try await pulp.create(HeaderContentGuard(name: "partners", header: "X-Partner", value: "gold"))
            let filtered = try await pulp.create(HeaderContentGuard(name: "json", header: "X-Json", value: "a", jqFilter: ".a"))
            let inner = try await pulp.create(CompositeContentGuard(name: "inner", guards: [header.id.cast(), filtered.id.cast()]))
            var outer = try await pulp.create(CompositeContentGuard(name: "outer", guards: [inner.id.cast()]))
            try await guarding(distribution, by: outer.id.cast(), in: pulp)
            #expect(try await answer(pulp, "n") == "403 partners: Access denied. json: Access denied.")
            #expect(try await answer(pulp, "n", gold) == "301 n/")
            let json = ClientCredentials(headers: [("x-json", Data(#"{"a":"a"}"#.utf8).base64EncodedString())])
            #expect(try await answer(pulp, "n", json) == "301 n/")
            outer.guards = []
            try await pulp.update(outer)
            #expect(try await answer(pulp, "n") == "301 n/", "a composite of nothing lets everybody in")
        }
    }

    @Test("is there for users who may download it", arguments: DatabaseKind.allCases)
    func users(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, distribution in
            try await pulp.ensureAdministrator(password: "secret")
            let rbac = try await pulp.create(RBACContentGuard(name: "r"))
            try await guarding(distribution, by: rbac.id.cast(), in: pulp)
            func shown(_ text: String) -> ClientCredentials {
                ClientCredentials(headers: [("authorization", "Basic \(Data(text.utf8).base64EncodedString())")])
            }
            #expect(try await answer(pulp, "n") == "403 Authentication credentials were not provided.")
            #expect(try await answer(pulp, "n", shown("admin:secret")) == "301 n/")
            for wrong in ["admin:wrong", "nobody:secret", "admin", "admin:secret\u{0}", "ad\u{0}min:secret", ":"] {
                #expect(try await answer(pulp, "n", shown(wrong)) == "403 Invalid username/password.", "\(wrong)")
            }
            // Somebody else, before and after a role for this guard, and without it again.
            let other = try await pulp.create(RBACContentGuard(name: "other"))
            let ann = try await pulp.makeUser("ann")
            let password = try PasswordHash("word")
            _ = try await pulp.database.write { db in
                try db.execute("UPDATE app_user SET password = \(password.text) WHERE username = 'ann'")
            }
            func give(_ prn: String) async throws {
                _ = try await pulp.database.write { db in try db.execute("DELETE FROM role_binding") }
                try await pulp.give("core.rbaccontentguard_downloader", to: .user(ann.id), for: .object(prn))
            }
            let refusal = "403 You do not have permission to perform this action."
            #expect(try await answer(pulp, "n", shown("ann:word")) == refusal)
            try await give(other.id.prn)
            #expect(try await answer(pulp, "n", shown("ann:word")) == refusal)
            try await give(rbac.id.prn)
            #expect(pulp.rules.permissions.contains(RBACContentGuard.permission))
            #expect(try await answer(pulp, "n", shown("ann:word")) == "301 n/")
            try await give(other.id.prn)
            #expect(try await answer(pulp, "n", shown("ann:word")) == refusal)
            var twice = shown("admin:secret")
            twice.headers += shown("admin:other").headers
            #expect(try await answer(pulp, "n", twice) == "403 Invalid username/password.")
        }
    }

    @Test("is there for who has a signed URL, made where the key is and checked where the key is", arguments: DatabaseKind.allCases)
    func signed(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, distribution in
            let redirect = try await pulp.create(ContentRedirectContentGuard(name: "c"))
            try await guarding(distribution, by: redirect.id.cast(), in: pulp)
            let url = try await pulp.signedURL(path: "n", by: redirect.id)
            #expect(url.hasPrefix("http://127.0.0.1:24816/pulp/content/n?expires="))
            let shown = ClientCredentials(query: String(url.split(separator: "?")[1]))
            #expect(try await answer(pulp, "n", shown) == "301 n/")
            #expect(try await answer(pulp, "n/", shown) == "403 Access not authenticated")
            let expired = try await pulp.signedURL(path: "n", by: redirect.id, for: .seconds(-2))
            #expect(
                try await answer(pulp, "n", ClientCredentials(query: String(expired.split(separator: "?")[1])))
                    == "403 Authentication expired")
            // A process without the key serves the rest, and what is guarded in other ways.
            try await TemporaryDirectory.with { folder in
                var settings = Settings(dataDirectory: folder.path)
                settings.logger = pulp.settings.logger
                let other = try await Pulp(settings: settings, database: pulp.database, plugins: [.notes])
                try await other.whileOpen {
                    #expect(try await answer(other, "nn") == "301 nn/")
                    #expect(try await answer(other, "n", shown).hasPrefix("403 "))
                    await #expect(throws: PulpError.self) { try await other.signedURL(path: "n", by: redirect.id) }
                    let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X-Partner", value: "gold"))
                    try await guarding(distribution, by: header.id.cast(), in: pulp)
                    #expect(try await answer(other, "n", gold) == "301 n/")
                }
            }
        }
    }

    @Test("is named in listings, unless the operator hides it", arguments: DatabaseKind.allCases, [false, true])
    func listings(kind: DatabaseKind, isHiding: Bool) async throws {
        try await withNotes(kind, hiding: isHiding) { pulp, distribution in
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X-Partner", value: "gold"))
            let shelf = try #require(try await pulp.find(NoteDistribution.self, named: "shelf/n"))
            for record in [distribution, shelf] { try await guarding(record, by: header.id.cast(), in: pulp) }
            #expect(try await answer(pulp, "").contains("href=\"n/\"") == !isHiding)
            #expect(try await answer(pulp, "").contains("href=\"nn/\""))
            #expect(try await (answer(pulp, "shelf/") == "404") == isHiding)
            #expect(try await answer(pulp, "n", gold) == "301 n/", "hidden or not, it is there for who knows it")
        }
    }

    @Test("lets nobody in when no plugin knows the kind of its guard", arguments: DatabaseKind.allCases)
    func unknown(kind: DatabaseKind) async throws {
        try await withNotes(kind) { pulp, distribution in
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X-Partner", value: "gold"))
            _ = try await pulp.database.write { db in
                try db.execute("UPDATE content_guard SET type = 'gone.gone' WHERE id = \(header.key)")
                return try db.execute("UPDATE distribution SET content_guard = \(header.key) WHERE id = \(distribution.key)")
            }
            #expect(try await answer(pulp, "n", gold) == "403 No plugin knows content guards of type gone.gone.")
        }
    }
}
