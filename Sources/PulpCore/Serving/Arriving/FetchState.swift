/// One fetch from upstream, and who waits for its bytes: decides, and does nothing.
///
/// What a client is told is final, so nothing is told before upstream proved that it has something: the first 64 KiB, or all of a
/// smaller file, verified. The last byte that came is held back until the whole is verified, so wrong bytes never make a
/// complete answer.
struct FetchState: Sendable {
    /// How much comes before a client is told anything; a smaller file that turns out wrong is a clean refusal.
    static let headStart: Int64 = 64 << 10

    typealias Reader = Int
    typealias Waiter = Int

    /// What a waiting reader waits for.
    enum Need: Sendable, Hashable {
        case head
        case bytes(from: Int64)
    }

    enum Head: Sendable, Hashable {
        case size(Int64?)
        case failed(PulpError)
        case wait
    }

    enum Bytes: Sendable, Hashable {
        case range(Range<Int64>)
        case end
        case failed(PulpError)
        case wait
    }

    /// What is to be done when a reader has left.
    enum Farewell: Sendable, Hashable {
        case nothing
        /// Nobody wants the rest, and it would not be kept.
        case cancel
        /// The bytes were kept for readers alone: they may go.
        case release
    }

    private enum End: Sendable, Hashable {
        case verified(Int64)
        case failed(PulpError)
        case abandoned
    }

    /// The size that the catalogue promises.
    private var promisedSize: Int64?
    /// Whether the result stays in the store; unknown until a source is tried.
    private var isKept: Bool?
    private var staged: Int64 = 0
    private var total: Int64?
    /// Whether a client was told that bytes come.
    private var hasSpoken = false
    private var handedOut: Int64 = 0
    private var end: End?
    private var readers: Set<Reader> = []
    private var waiting: [Waiter: Need] = [:]
    private var lastNumber = 0

    init(promisedSize: Int64? = nil) { (self.promisedSize, total) = (promisedSize, promisedSize) }

    /// Whether all is there, and only until the last reader leaves.
    var isLastingForReaders: Bool { if case .verified = end, isKept == false { true } else { false } }
    var isVerified: Bool { if case .verified = end { true } else { false } }
    var hasEnded: Bool { end != nil }

    // MARK: Readers

    /// A new reader; nil when this fetch has nothing more to give, and another one is to be begun.
    mutating func join() -> Reader? {
        switch end {
        case .failed, .abandoned: return nil
        case .verified, nil: break
        }
        lastNumber += 1
        readers.insert(lastNumber)
        return lastNumber
    }

    /// What can be told of the whole.
    mutating func head() -> Head {
        switch end {
        case .failed(let error): return .failed(error)
        case .abandoned: return .failed(Self.abandonment)
        case .verified(let size):
            hasSpoken = true
            return .size(size)
        case nil:
            guard staged >= Self.headStart else { return .wait }
            hasSpoken = true
            return .size(total)
        }
    }

    /// What can be handed to a reader at an offset; a range that is answered counts as handed out.
    mutating func bytes(from offset: Int64, limit: Int) -> Bytes {
        let readable: Int64
        switch end {
        case .failed(let error): return .failed(error)
        case .abandoned: return .failed(Self.abandonment)
        case .verified(let size):
            guard offset < size else { return .end }
            readable = size
        case nil:
            readable = unverifiedReadable
            guard offset < readable else { return .wait }
        }
        let range = offset..<min(readable, offset + Int64(max(1, limit)))
        handedOut = max(handedOut, range.upperBound)
        hasSpoken = true
        return .range(range)
    }

    /// Notes that somebody waits; nil when there is nothing to wait for any more.
    mutating func wait(for need: Need) -> Waiter? {
        guard !isAnswerable(need) else { return nil }
        lastNumber += 1
        waiting[lastNumber] = need
        return lastNumber
    }

    func isWaiting(_ waiter: Waiter) -> Bool { waiting[waiter] != nil }

    mutating func stopWaiting(_ waiter: Waiter) { waiting[waiter] = nil }

    /// A reader reads no more.
    /// - Returns: what is to be done, and whom to wake: a reader may leave while it waits.
    mutating func leave(_ reader: Reader) -> (farewell: Farewell, woken: [Waiter]) {
        guard readers.remove(reader) != nil, readers.isEmpty, isKept == false else { return (.nothing, []) }
        switch end {
        case .failed, .abandoned: return (.nothing, [])
        case .verified:
            end = .abandoned
            return (.release, [])
        case nil:
            end = .abandoned
            return (.cancel, takeAnswerable())
        }
    }

    // MARK: The fetch

    /// Learns the size that the catalogue promises, before anything is fetched; what clients were told stays.
    mutating func promise(size: Int64?) { if !hasSpoken { (promisedSize, total) = (size, size) } }

    /// Begins with a source.
    /// - Returns: false when it must not be tried: all is over, clients hold bytes of another source, or nobody wants what would
    ///   not be kept.
    mutating func begin(isKept: Bool) -> Bool {
        guard end == nil, restart() else { return false }
        self.isKept = isKept
        guard isKept || !readers.isEmpty else {
            // Nobody waits: whoever did has left.
            end = .abandoned
            return false
        }
        return true
    }

    /// Starts again at zero, where no client was told what the new start could contradict.
    mutating func restart() -> Bool {
        guard handedOut == 0, !hasSpoken || promisedSize != nil else { return false }
        staged = 0
        if !hasSpoken { total = promisedSize }
        return true
    }

    /// More has come.
    /// - Returns: whom to wake.
    mutating func grow(to count: Int64) -> [Waiter] {
        guard end == nil else { return [] }
        staged = max(staged, count)
        return takeAnswerable()
    }

    /// Upstream says how much will come.
    mutating func learn(total: Int64) {
        if end == nil, !hasSpoken, self.total == nil { self.total = total }
    }

    /// All came, and it is what was promised: everybody wakes.
    mutating func verify(size: Int64) -> [Waiter] {
        guard end == nil else { return [] }
        if hasSpoken, let total, total != size {
            return fail(PulpError(.sizeMismatch, "expected \(total) bytes, got \(size)"))
        }
        end = .verified(size)
        return takeAnswerable()
    }

    /// What was to be kept cannot be: it lasts for its readers.
    /// - Returns: whether there are none, so that the bytes may go.
    mutating func lose() -> Bool {
        isKept = false
        guard readers.isEmpty else { return false }
        end = .abandoned
        return true
    }

    /// It will not come: everybody wakes.
    mutating func fail(_ error: PulpError) -> [Waiter] {
        guard end == nil else { return [] }
        end = .failed(error)
        return takeAnswerable()
    }

    // MARK: Rules

    private static let abandonment = PulpError(.connection, "the download was given up because nobody waited for it")

    private var unverifiedReadable: Int64 {
        guard hasSpoken || staged >= Self.headStart else { return 0 }
        return max(0, staged - 1)
    }

    private func isAnswerable(_ need: Need) -> Bool {
        guard end == nil else { return true }
        return switch need {
        case .head: staged >= Self.headStart
        case .bytes(let offset): offset < unverifiedReadable
        }
    }

    private mutating func takeAnswerable() -> [Waiter] {
        let answerable = waiting.filter { isAnswerable($0.value) }.keys.sorted()
        for waiter in answerable { waiting[waiter] = nil }
        return answerable
    }
}
