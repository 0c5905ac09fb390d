import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct DecisionTests {
    typealias Fixture = CatalogueFixture

    // MARK: Above distributions

    @Test(arguments: DatabaseKind.allCases)
    func theRootListsAllDistributionsButHiddenOnes(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            #expect(try await fixture.get("") == .listing([]))
            for path in ["b/c", "a", "b-d"] { try await fixture.distribution(at: path) }
            try await fixture.distribution(at: "z", isHidden: true)
            #expect(try await fixture.get("") == .listing(["a/", "b-d/", "b/c/"]))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func pathsAboveDistributionsListTheNextSegments(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            for path in ["a/b/c", "a/b/d", "a/e", "a-f"] { try await fixture.distribution(at: path) }
            try await fixture.distribution(at: "hidden/x", isHidden: true)
            #expect(try await fixture.get("a") == .redirect("a/"))
            #expect(try await fixture.get("a/") == .listing(["b/", "e/"]))
            #expect(try await fixture.get("a/b") == .redirect("a/b/"))
            #expect(try await fixture.get("a/b/") == .listing(["c/", "d/"]))
            #expect(try await fixture.get("hidden/") == .notFound)
            #expect(try await fixture.get("a/x/") == .notFound)
            #expect(try await fixture.get("b") == .notFound)
        }
    }

    /// `-` and other characters sort before the slash: a neighbour stands between a base path and what lies below it.
    @Test(arguments: DatabaseKind.allCases)
    func neighboursDoNotHideADistribution(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            try await fixture.unit("z/file", "found", in: repository)
            try await fixture.distribution(at: "a/b", repository: repository, servesVersions: true)
            for path in ["a/b-x/y", "a/b!/y", "a/b.", "a/b/", "a/bz", "a-", "a/a"].filter({ !$0.hasSuffix("/") }) {
                try await fixture.distribution(at: path)
            }
            #expect(try await fixture.get("a/b/z/file") == .file("found"))
            #expect(try await fixture.get("a/b") == .redirect("a/b/"))
            #expect(try await fixture.get("a/b/nothing") == .notFound)
        }
    }

    // MARK: What is served

    @Test(arguments: DatabaseKind.allCases)
    func aDistributionOfNothingSaysSo(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            try await fixture.distribution(at: "empty")
            let reason = "Distribution is not pointing to a publication, repository, repository version, or remote."
            #expect(try await fixture.get("empty/") == .notFoundBecause(reason))
            #expect(try await fixture.get("empty/a") == .notFoundBecause(reason))
            #expect(try await fixture.get("empty") == .redirect("empty/"))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aPublicationServesItsFilesAndWhatPassesThrough(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            let version = try await fixture.version(1, of: repository)
            let unit = try await fixture.unit("pool/a.txt", "unit", in: repository)
            let plain = try await fixture.publication(
                of: version, files: ["meta/index": "metadata"], units: ["renamed/a.txt": unit])
            let passing = try await fixture.publication(of: version, passThrough: true, files: ["meta/index": "metadata"])
            try await fixture.distribution(at: "plain", publication: plain)
            try await fixture.distribution(at: "passing", publication: passing)

            #expect(try await fixture.get("plain/meta/index") == .file("metadata"))
            #expect(try await fixture.get("plain/renamed/a.txt") == .file("unit"))
            #expect(try await fixture.get("plain/pool/a.txt") == .notFound)
            #expect(try await fixture.get("plain/") == .listing(["meta/", "renamed/"]))
            #expect(try await fixture.get("passing/pool/a.txt") == .file("unit"))
            #expect(try await fixture.get("passing/") == .listing(["meta/", "pool/"]))
            #expect(try await fixture.get("passing/pool/a.txt/") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aRepositoryServesTheNewestPublicationOfItsNewestPublishedVersion(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            let versions = [
                try await fixture.version(1, of: repository), try await fixture.version(2, of: repository),
                try await fixture.version(3, of: repository),
            ]
            try await fixture.publication(of: versions[1], files: ["f": "two, first"])
            try await fixture.publication(of: versions[1], files: ["f": "two, second"])
            try await fixture.publication(of: versions[0], files: ["f": "one, later"])
            try await fixture.publication(of: versions[2], isComplete: false, files: ["f": "unfinished"])
            try await fixture.distribution(at: "r", repository: repository)
            try await fixture.distribution(at: "v", version: versions[0])
            try await fixture.distribution(at: "w", version: versions[2], servesVersions: true)
            #expect(try await fixture.get("r/f") == .file("two, second"))
            #expect(try await fixture.get("v/f") == .file("one, later"))
            #expect(try await fixture.get("w/f") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func versionsAreServedAloneOnlyWhereTheTypeAllowsIt(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            let first = try await fixture.version(1, of: repository)
            try await fixture.version(2, of: repository)
            try await fixture.version(3, of: repository, isComplete: false)
            try await fixture.unit("old", "1", in: repository, added: 1, removed: 2)
            try await fixture.unit("kept", "1", in: repository, added: 1)
            try await fixture.unit("new", "2", in: repository, added: 2)
            try await fixture.unit("unborn", "3", in: repository, added: 3)
            try await fixture.distribution(at: "latest", repository: repository, servesVersions: true)
            try await fixture.distribution(at: "first", version: first, servesVersions: true)
            try await fixture.distribution(at: "none", repository: repository)
            #expect(try await fixture.get("latest/") == .listing(["kept", "new"]))
            #expect(try await fixture.get("first/") == .listing(["kept", "old"]))
            #expect(try await fixture.get("first/old") == .file("1"))
            #expect(try await fixture.get("latest/old") == .notFound)
            #expect(try await fixture.get("latest/unborn") == .notFound)
            #expect(try await fixture.get("none/kept") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func filesAreDatedByTheirVersionOrPublication(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            let moments = (0..<4).map { Fixture.moment + .seconds(3600 * $0) }
            // The version that added the unit is gone: what is left since then stands for it.
            try await fixture.version(1, of: repository, created: moments[0])
            let version = try await fixture.version(3, of: repository, created: moments[2])
            try await fixture.unit("a", "a", in: repository, added: 2)
            let publication = try await fixture.publication(
                of: version, passThrough: true, created: moments[3], files: ["meta": "m"])
            try await fixture.distribution(at: "d", publication: publication)
            for (path, moment) in [("d/a", moments[2]), ("d/meta", moments[3])] {
                guard case .artifact(let file) = try await fixture.serving.answer(ContentRequest(path: path)) else {
                    Issue.record("\(path) is no file")
                    continue
                }
                #expect(file.lastModified == moment)
            }
            guard case .bytes(let page, _, _) = try await fixture.serving.answer(ContentRequest(path: "d/")) else {
                Issue.record("d/ is no listing")
                return
            }
            #expect(String(buffer: page).contains("06-May-2024 09:08  1 Byte\n"))
            #expect(String(buffer: page).contains("06-May-2024 10:08  1 Byte\n"))
        }
    }

    // MARK: Folders

    @Test(arguments: DatabaseKind.allCases)
    func foldersRedirectToTheirSlashAndListTheirChildren(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository, units: 6)
            for path in ["a/b/c", "a/b/d", "a/e", "a.f", "a0", "ä/ö"] { try await fixture.unit(path, in: repository) }
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            #expect(try await fixture.get("d/a") == .redirect("d/a/"))
            #expect(try await fixture.get("d/") == .listing(["a.f", "a/", "a0", "%C3%A4/"]))
            #expect(try await fixture.get("d/a/") == .listing(["b/", "e"]))
            #expect(try await fixture.get("d/a/b/") == .listing(["c", "d"]))
            #expect(try await fixture.get("d/ä/") == .listing(["%C3%B6"]))
            #expect(try await fixture.get("d/a/x/") == .notFound)
            #expect(try await fixture.get("d/a/x") == .notFound)
        }
    }

    /// Both orders of the join give the same children: the counts of a version only decide which of them is taken.
    @Test(arguments: DatabaseKind.allCases, [0, 1000])
    func aFolderIsTheVersionsOwnWhereverItsListStarts(kind: DatabaseKind, units: Int) async throws {
        try await Fixture.with(kind) { fixture in
            let (mine, other) = (try await fixture.repository(), try await fixture.repository())
            try await fixture.version(1, of: mine, units: units)
            try await fixture.version(1, of: other, units: units)
            for index in 0..<3 {
                try await fixture.unit("p/mine\(index)", in: mine)
                try await fixture.unit("p/other\(index)", in: other)
            }
            try await fixture.distribution(at: "d", repository: mine, servesVersions: true)
            #expect(try await fixture.get("d/p/") == .listing(["mine0", "mine1", "mine2"]))
            #expect(try await fixture.get("d/p") == .redirect("d/p/"))
            #expect(try await fixture.get("d/q") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func anIndexStandsForTheListing(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            let version = try await fixture.version(1, of: repository)
            try await fixture.unit("w/index.html", "unit's", in: repository)
            let publication = try await fixture.publication(
                of: version, passThrough: true, files: ["index.html": "root", "s/index.html": "folder"])
            try await fixture.distribution(at: "p", publication: publication)
            try await fixture.distribution(at: "v", version: try await fixture.version(2, of: repository), servesVersions: true)
            #expect(try await fixture.get("p") == .redirect("p/"))
            #expect(try await fixture.get("p/") == .file("root"))
            #expect(try await fixture.get("p/s") == .redirect("p/s/"))
            #expect(try await fixture.get("p/s/") == .file("folder"))
            #expect(try await fixture.get("p/w/") == .listing(["index.html"]))
            #expect(try await fixture.get("v/w/") == .file("unit's"))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func twoUnitsWithOnePathAreAnError(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            try await fixture.unit("same", "a", in: repository)
            try await fixture.unit("same", "b", in: repository)
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            #expect(try await fixture.get("d/same") == .unavailable)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func twoSpellingsOfALetterAreTwoFiles(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            let watching = Task { await fixture.serving.watch() }
            defer { watching.cancel() }
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            try await fixture.unit("caf\u{E9}", "composed", in: repository)
            try await fixture.unit("cafe\u{301}", "decomposed", in: repository)
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            for _ in 0..<2 {
                #expect(try await fixture.get("d/caf\u{E9}") == .file("composed"))
                #expect(try await fixture.get("d/cafe\u{301}") == .file("decomposed"))
            }
            #expect(try await fixture.get("d/") == .listing(["cafe%CC%81", "caf%C3%A9"]))
        }
    }

    // MARK: Input that is wrong

    @Test(arguments: [
        "../../etc/passwd", "d/../../etc/passwd", "d/..", "d/../", "/etc/passwd", "d//f", "d/./f", "//", "/", "d\\..\\f",
        "d/%2e%2e/f", "d/f\0", "d/\u{7F}", "d/f?x", "d/f#x", "d/\r\nSet-Cookie: a", String(repeating: "a/", count: 3000),
    ])
    func hostilePathsAreNotFound(path: String) async throws {
        try await Fixture.with(.sqlite) { fixture in
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            try await fixture.unit("f", "file", in: repository)
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            #expect(try await fixture.get(path) == .notFound)
            #expect(try await fixture.get("d/f") == .file("file"))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aPathOfTwoThousandSegmentsIsNotFound(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { fixture in
            for path in ["a/a/a/b", "a/a-", "a/a/a!"] { try await fixture.distribution(at: path) }
            #expect(try await fixture.get(String(repeating: "a/", count: 2000) + "a") == .notFound)
        }
    }
}
