import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite(.timeLimit(.minutes(15))) struct AnswerCacheTests {
    private let one = CatalogueGeneration(number: 1)
    private let two = CatalogueGeneration(number: 2)

    private func open(_ limits: AnswerCache.Limits = .init()) -> AnswerCache {
        let cache = AnswerCache(limits)
        cache.moved(to: one)
        cache.open()
        return cache
    }

    private func redirect(_ cache: AnswerCache, _ path: String) -> String? {
        guard case .redirect(let target) = cache.find(ContentRequest(path: path))?.answer else { return nil }
        return target
    }

    @Test func anAnswerIsKeptUntilTheCatalogueMoves() {
        let cache = open()
        cache.keep(.redirect(path: "a/"), for: ContentRequest(path: "a"), generation: one, since: cache.epoch)
        cache.moved(to: one)
        #expect(redirect(cache, "a") == "a/")
        cache.moved(to: two)
        #expect(redirect(cache, "a") == nil)
    }

    @Test func anAnswerFromAnOlderSnapshotIsNotKept() {
        let cache = open()
        let epoch = cache.epoch
        cache.moved(to: two)
        cache.keep(.redirect(path: "old"), for: ContentRequest(path: "a"), generation: one, since: epoch)
        #expect(redirect(cache, "a") == nil)
        // A reader that is late with the older number does not turn it back.
        cache.keep(.redirect(path: "new"), for: ContentRequest(path: "a"), generation: two, since: epoch)
        cache.moved(to: one)
        #expect(redirect(cache, "a") == "new")
    }

    @Test func anAnswerThatSawANewerCatalogueDropsTheOlderOnes() {
        let cache = open()
        cache.keep(.redirect(path: "old"), for: ContentRequest(path: "a"), generation: one, since: cache.epoch)
        cache.keep(.redirect(path: "new"), for: ContentRequest(path: "b"), generation: two, since: cache.epoch)
        #expect(redirect(cache, "a") == nil)
        #expect(redirect(cache, "b") == "new")
    }

    @Test func anAnswerBegunBeforeAnInvalidationIsNotKept() {
        let cache = open()
        let epoch = cache.epoch
        cache.invalidate()
        cache.keep(.redirect(path: "old"), for: ContentRequest(path: "a"), generation: one, since: epoch)
        #expect(redirect(cache, "a") == nil)
    }

    @Test func nothingIsKeptWhenNobodyWatches() {
        let cache = AnswerCache()
        cache.keep(.redirect(path: "a/"), for: ContentRequest(path: "a"), generation: one, since: cache.epoch)
        #expect(redirect(cache, "a") == nil)
    }

    @Test func anAnswerEndsAtItsMoment() {
        let cache = open()
        for (path, end) in [("past", Timestamp.now - .seconds(1)), ("future", Timestamp.now + .seconds(3600))] {
            cache.keep(.redirect(path: path), for: ContentRequest(path: path), generation: one, since: cache.epoch, until: end)
        }
        #expect(redirect(cache, "past") == nil)
        #expect(redirect(cache, "future") == "future")
    }

    @Test func largeListingsAreMadeAnew() {
        let cache = open()
        for size in [10, 1 << 20] {
            let page = ByteBuffer(repeating: 0, count: size)
            cache.keep(
                .bytes(page, contentType: "text/html", entity: nil), for: ContentRequest(path: "\(size)"), generation: one,
                since: cache.epoch)
        }
        #expect(cache.find(ContentRequest(path: "10")) != nil)
        #expect(cache.find(ContentRequest(path: "\(1 << 20)")) == nil)
    }

    /// A storm of requests for what is not there pushes out no file.
    @Test func missingPathsHaveTheirOwnRoom() {
        var limits = AnswerCache.Limits()
        limits.found = .init(entries: 64, bytes: 1 << 20)
        limits.missing = .init(entries: 64, bytes: 1 << 20)
        limits.shards = 2
        let cache = open(limits)
        for index in 0..<8 {
            cache.keep(.redirect(path: "hit"), for: ContentRequest(path: "\(index)"), generation: one, since: cache.epoch)
        }
        for index in 0..<10_000 {
            cache.keep(.notFound(reason: nil), for: ContentRequest(path: "storm\(index)"), generation: one, since: cache.epoch)
        }
        for index in 0..<8 { #expect(redirect(cache, "\(index)") == "hit") }
        #expect(cache.find(ContentRequest(path: "storm9999")) != nil)
        #expect(cache.find(ContentRequest(path: "storm0")) == nil)
    }

    /// Against a plain list of what was used when: never more than the budget, and the latest half of it is always there.
    @Test(arguments: 0..<20)
    func theTableKeepsWhatWasUsedLately(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var table = RecencyTable(.init(entries: 20, bytes: 4000), shards: 1)
        var used: [Int: Int] = [:]
        for time in 0..<2000 {
            let number = Int.random(in: 0..<40, using: &random)
            let key = HashedRequest(ContentRequest(path: "\(number)"))
            if Bool.random(using: &random) {
                table.insert(.init(answer: .redirect(path: "\(number)"), validUntil: nil, cost: 200), for: key)
                used[number] = time
            } else if let entry = table.find(key) {
                guard case .redirect("\(number)") = entry.answer else {
                    Issue.record("the entry of another key")
                    return
                }
                used[number] = time
            } else {
                let later = used.values.count { $0 > used[number] ?? -1 }
                #expect(later >= 10 || used[number] == nil)
            }
            #expect(table.count <= 20 && table.bytes <= 4000 && table.bytes == table.count * 200)
        }
    }

    // MARK: With a catalogue

    @Test(arguments: DatabaseKind.allCases)
    func changesOfTheCatalogueAreSeen(kind: DatabaseKind) async throws {
        try await CatalogueFixture.with(kind) { fixture in
            let watching = Task { await fixture.serving.watch() }
            // Answers are kept as soon as the watch has begun.
            while fixture.serving.cachedAnswer(ContentRequest(path: "d/f")) == nil {
                #expect(try await fixture.get("d/f") == .notFound)
                await Task.yield()
            }
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            try await fixture.unit("f", "file", in: repository)
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            #expect(try await fixture.get("d/f") == .notFound)
            try await fixture.database.write { try $0.bumpCatalogue() }
            while try await fixture.get("d/f") == .notFound { await Task.yield() }
            #expect(try await fixture.get("d/f") == .file("file"))
            watching.cancel()
            await watching.value
            #expect(fixture.serving.cachedAnswer(ContentRequest(path: "d/f")) == nil)
        }
    }

    @Test("A storm of requests for what is not there costs one look into the database for each path", arguments: DatabaseKind.allCases)
    func storm(kind: DatabaseKind) async throws {
        try await CatalogueFixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            try await fixture.unit("f", "file", in: repository)
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            let watching = Task { await fixture.serving.watch() }
            defer { watching.cancel() }
            while fixture.serving.cachedAnswer(ContentRequest(path: "d/f")) == nil {
                _ = try await fixture.get("d/f")
                await Task.yield()
            }
            let missing = ["d/missing", "d/no/folder/", "d/f/below", "elsewhere/f"]
            for path in missing { #expect(try await fixture.get(path) == .notFound) }
            try await CountingDatabase.$counts.withValue(true) {
                try await withThrowingTaskGroup(of: Bool.self) { clients in
                    for number in 0..<1000 {
                        clients.addTask { try await fixture.get(missing[number % missing.count]) == .notFound }
                    }
                    for try await isMissing in clients { #expect(isMissing) }
                }
                #expect(fixture.database.transactions == 0)
                #expect(try await fixture.get("d/another") == .notFound)
                #expect(fixture.database.transactions == 1)
            }
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func invalidationIsSeenAtOnce(kind: DatabaseKind) async throws {
        try await CatalogueFixture.with(kind) { fixture in
            let watching = Task { await fixture.serving.watch() }
            defer { watching.cancel() }
            while fixture.serving.cachedAnswer(ContentRequest(path: "d/")) == nil {
                _ = try await fixture.get("d/")
                await Task.yield()
            }
            try await fixture.distribution(at: "d/e")
            fixture.serving.invalidate()
            #expect(try await fixture.get("d/") == .listing(["e/"]))
        }
    }
}
