internal import NIOCore
internal import Synchronization

/// Keeps answers until the catalogue changes.
///
/// Bounded in entries and bytes; what was asked for lately stays. Answers that something is missing have a budget of their own: a
/// storm of requests for ever new paths that do not exist pushes out other such answers, never a file's. Reading takes one
/// uncontended lock of one of several shards.
final class AnswerCache: Sendable {
    /// What one kind of answers may take, over all shards.
    struct Budget: Sendable, Hashable {
        var entries: Int
        var bytes: Int
    }

    struct Limits: Sendable, Hashable {
        /// Files, redirects and listings.
        var found = Budget(entries: 32_768, bytes: 24 << 20)
        var missing = Budget(entries: 8192, bytes: 4 << 20)
        /// A larger listing is made anew each time.
        var listing = 64 << 10
        var shards = 16
    }

    /// What was true when the reading of a snapshot began; ``keep(_:for:generation:since:until:)`` asks for it.
    struct Epoch: Sendable, Hashable {
        fileprivate let number: Int
    }

    private struct State {
        var generation: CatalogueGeneration?
        var epoch = 0
        var isOpen = false
    }

    /// Mutexes cannot be array elements; a shard is an object.
    private final class Shard: Sendable {
        struct Tables {
            var found: RecencyTable
            var missing: RecencyTable
        }

        let tables: Mutex<Tables>

        init(_ limits: Limits) {
            tables = Mutex(
                Tables(
                    found: RecencyTable(limits.found, shards: limits.shards),
                    missing: RecencyTable(limits.missing, shards: limits.shards)))
        }
    }

    private let limits: Limits
    private let state = Mutex(State())
    private let shards: [Shard]

    init(_ limits: Limits = Limits()) {
        self.limits = limits
        shards = (0..<limits.shards).map { _ in Shard(limits) }
    }

    /// What is kept for a path.
    struct Kept: Sendable {
        /// Nil where nobody was let in so far, and no answer was made.
        let answer: Answer?
        /// What must be asked before the answer is given; nil where everybody gets it.
        let rule: GuardRule?
    }

    /// What is kept for a request, if anything.
    func find(_ request: ContentRequest) -> Kept? {
        let key = HashedRequest(request)
        let entry = shards[key.shard(of: shards.count)].tables.withLock { tables in
            tables.found.find(key) ?? tables.missing.find(key)
        }
        guard let entry else { return nil }
        if let end = entry.validUntil, end <= .now { return nil }
        return Kept(answer: entry.answer, rule: entry.rule)
    }

    /// The epoch, to be taken before a snapshot is read.
    var epoch: Epoch { Epoch(number: state.withLock(\.epoch)) }

    /// Keeps an answer, unless the catalogue has changed since the snapshot that it was made from, or it is not of a kind to keep.
    /// - Parameters:
    ///   - answer: nil where only the rule is to be kept, for who is not let in.
    ///   - rule: what must be asked before the answer is given.
    ///   - generation: the catalogue's, in that snapshot.
    ///   - epoch: what ``epoch`` was before that snapshot was taken.
    ///   - validUntil: when the answer ends being true by itself.
    func keep(
        _ answer: Answer?, under rule: GuardRule? = nil, for request: ContentRequest, generation: CatalogueGeneration,
        since epoch: Epoch, until validUntil: Timestamp? = nil
    ) {
        moved(to: generation)
        guard let cost = cost(of: answer, for: request) else { return }
        let key = HashedRequest(request)
        let entry = RecencyTable.Entry(answer: answer, validUntil: validUntil, cost: cost, rule: rule)
        let shard = shards[key.shard(of: shards.count)]
        shard.tables.withLock { tables in
            // Inside the shard's lock: whoever drops all answers raises the epoch before it takes this lock.
            guard state.withLock({ $0.isOpen && $0.epoch == epoch.number && $0.generation == generation }) else { return }
            switch answer {
            // Who is not let in asks for whatever comes to mind, as who asks for what is not there.
            case nil, .notFound?: tables.missing.insert(entry, for: key)
            default: tables.found.insert(entry, for: key)
            }
        }
    }

    /// Learns the catalogue's generation; drops all answers when it is newer than the one known.
    ///
    /// The first one learned drops nothing; nothing is kept before.
    func moved(to generation: CatalogueGeneration) {
        let isNews = state.withLock { state in
            guard let known = state.generation else {
                state.generation = generation
                return false
            }
            guard known < generation else { return false }
            state.generation = generation
            return true
        }
        if isNews { dropEntries() }
    }

    /// Begins to keep answers: somebody watches the catalogue now.
    func open() { state.withLock { $0.isOpen = true } }

    /// Drops all answers and keeps no more.
    func close() {
        state.withLock { $0.isOpen = false }
        invalidate()
    }

    /// Drops all answers, and those that are being made from a snapshot taken before.
    func invalidate() {
        state.withLock { $0.epoch += 1 }
        dropEntries()
    }

    private func dropEntries() {
        for shard in shards {
            shard.tables.withLock { tables in
                tables.found.removeAll()
                tables.missing.removeAll()
            }
        }
    }

    /// An estimate of the memory that an answer takes; nil for one that is not kept.
    private func cost(of answer: Answer?, for request: ContentRequest) -> Int? {
        let overhead = 256 + request.path.utf8.count
        guard let answer else { return overhead }
        switch answer {
        case .artifact(let file): return overhead + 192 + file.name.utf8.count + (file.localPath?.utf8.count ?? 0)
        case .redirect(let path): return overhead + path.utf8.count
        case .notFound(let reason): return overhead + (reason?.utf8.count ?? 0)
        case .bytes(let bytes, _, _): return bytes.readableBytes <= limits.listing ? overhead + bytes.readableBytes : nil
        case .arriving, .forbidden, .unavailable: return nil
        }
    }
}

/// A request with its hash, computed once for all the tables that are asked.
struct HashedRequest: Hashable, Sendable {
    let request: ContentRequest
    private let digest: Int

    init(_ request: ContentRequest) {
        self.request = request
        digest = request.hashValue
    }

    func shard(of count: Int) -> Int { Int(UInt(bitPattern: digest) % UInt(count)) }

    static func == (left: Self, right: Self) -> Bool { left.digest == right.digest && left.request == right.request }
    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// Entries in two halves, which keep what was used lately, as a list ordered by use would, without its links.
///
/// What is asked for moves to the young half, and when that is full it becomes the old half and the old half is forgotten.
struct RecencyTable {
    struct Entry {
        let answer: Answer?
        let validUntil: Timestamp?
        let cost: Int
        var rule: GuardRule?
    }

    private let entryLimit: Int
    private let byteLimit: Int
    private var young: [HashedRequest: Entry] = [:]
    private var old: [HashedRequest: Entry] = [:]
    private var youngBytes = 0
    private var oldBytes = 0

    init(_ budget: AnswerCache.Budget, shards: Int) {
        entryLimit = max(1, budget.entries / shards / 2)
        byteLimit = max(1, budget.bytes / shards / 2)
    }

    var count: Int { young.count + old.count }
    var bytes: Int { youngBytes + oldBytes }

    mutating func find(_ key: HashedRequest) -> Entry? {
        if let entry = young[key] { return entry }
        guard let entry = old.removeValue(forKey: key) else { return nil }
        oldBytes -= entry.cost
        insert(entry, for: key)
        return entry
    }

    /// An entry that alone is more than a half may hold is not kept.
    mutating func insert(_ entry: Entry, for key: HashedRequest) {
        guard entry.cost <= byteLimit else { return }
        remove(key)
        if young.count >= entryLimit || youngBytes + entry.cost > byteLimit {
            (old, oldBytes) = (young, youngBytes)
            (young, youngBytes) = ([:], 0)
        }
        young[key] = entry
        youngBytes += entry.cost
    }

    mutating func removeAll() {
        (young, old, youngBytes, oldBytes) = ([:], [:], 0, 0)
    }

    private mutating func remove(_ key: HashedRequest) {
        if let entry = young.removeValue(forKey: key) { youngBytes -= entry.cost }
        if let entry = old.removeValue(forKey: key) { oldBytes -= entry.cost }
    }
}
