import PulpTesting
import Testing

@testable import PulpCore

@Suite struct CheckpointTests {
    typealias Fixture = CatalogueFixture

    /// Checkpoints at 07:08:09.5 and an hour later, each with a file that says which it is.
    private func withCheckpoints(_ kind: DatabaseKind, _ body: (Fixture) async throws -> Void) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            for hour in 0..<2 {
                let version = try await fixture.version(hour + 1, of: repository)
                let moment = Fixture.moment + .milliseconds(500) + .seconds(3600 * hour)
                try await fixture.publication(
                    of: version, isCheckpoint: true, created: moment, files: ["which": "\(hour)", "f/x": ""])
                try await fixture.publication(of: version, created: moment + .seconds(60), files: ["which": "none"])
            }
            try await fixture.distribution(at: "c", repository: repository, isCheckpoint: true)
            try await body(fixture)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func theRootListsMoments(kind: DatabaseKind) async throws {
        try await withCheckpoints(kind) { (fixture) async throws in
            #expect(try await fixture.get("c") == .redirect("c/"))
            #expect(try await fixture.get("c/") == .listing(["20240506T070809Z/", "20240506T080809Z/"]))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func anExactMomentIsServed(kind: DatabaseKind) async throws {
        try await withCheckpoints(kind) { (fixture) async throws in
            #expect(try await fixture.get("c/20240506T070809Z") == .redirect("c/20240506T070809Z/"))
            #expect(try await fixture.get("c/20240506T070809Z/") == .listing(["f/", "which"]))
            #expect(try await fixture.get("c/20240506T070809Z/which") == .file("0"))
            #expect(try await fixture.get("c/20240506T080809Z/which") == .file("1"))
            #expect(try await fixture.get("c/20240506T080809Z/f") == .redirect("c/20240506T080809Z/f/"))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func anotherMomentLeadsToTheNewestNotAfterIt(kind: DatabaseKind) async throws {
        try await withCheckpoints(kind) { (fixture) async throws in
            #expect(try await fixture.get("c/20240506T080808Z/which") == .redirect("c/20240506T070809Z/which"))
            #expect(try await fixture.get("c/20240507T000000Z/f/") == .redirect("c/20240506T080809Z/f/"))
            #expect(try await fixture.get("c/20240507T000000Z") == .redirect("c/20240506T080809Z/"))
            #expect(try await fixture.get("c/20240506T070808Z/which") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatIsNoMomentOrNotYetIsNotFound(kind: DatabaseKind) async throws {
        try await withCheckpoints(kind) { (fixture) async throws in
            for stamp in ["which", "20240506T250000Z", "20240230T000000Z", "20240506T070809", "20240506T070809Zx"] {
                #expect(try await fixture.get("c/\(stamp)/which") == .notFound)
            }
            #expect(try await fixture.get("c/99991231T235959Z/which") == .notFound)
        }
    }
}
