import PulpTesting
import Testing

@testable import PulpCore

@Suite struct FetchStateTests {
    private let error = PulpError(.digestMismatch, "wrong")

    @Test func nothingIsSaidBeforeTheHeadStart() {
        let fetch = Fetch()
        #expect(fetch.join() != nil)
        #expect(fetch.begin(isKept: true))
        fetch.learn(total: 1 << 20)
        fetch.grow(to: FetchState.headStart - 1)
        #expect(fetch.head() == .wait)
        #expect(fetch.bytes(from: 0, limit: 10) == .wait)
        fetch.grow(to: FetchState.headStart)
        #expect(fetch.head() == .size(1 << 20))
        #expect(fetch.bytes(from: 0, limit: 10) == .range(0..<10))
    }

    @Test func aSmallFileIsSaidOnceItIsVerified() {
        let fetch = Fetch(promisedSize: 5)
        #expect(fetch.begin(isKept: true))
        fetch.grow(to: 5)
        #expect(fetch.head() == .wait)
        fetch.verify(size: 5)
        #expect(fetch.head() == .size(5))
        #expect(fetch.bytes(from: 0, limit: 100) == .range(0..<5))
        #expect(fetch.bytes(from: 5, limit: 100) == .end)
    }

    @Test func theLastByteWaitsForTheVerdict() {
        let fetch = Fetch(promisedSize: 100_000)
        #expect(fetch.begin(isKept: true))
        fetch.grow(to: 100_000)
        #expect(fetch.bytes(from: 0, limit: 1 << 20) == .range(0..<99_999))
        #expect(fetch.bytes(from: 99_999, limit: 1 << 20) == .wait)
        fetch.fail(error)
        #expect(fetch.bytes(from: 99_999, limit: 1 << 20) == .failed(error))
    }

    @Test func anotherSourceIsTriedOnlyBeforeAnyByteWasHandedOut() {
        let fetch = Fetch(promisedSize: 100_000)
        #expect(fetch.begin(isKept: true))
        fetch.grow(to: 70_000)
        #expect(fetch.begin(isKept: true))
        #expect(fetch.head() == .wait)
        fetch.grow(to: 70_000)
        fetch.bytes(from: 0, limit: 1)
        #expect(!fetch.begin(isKept: true))
        #expect(!fetch.restart())
    }

    @Test func aSizeThatWasToldStaysWhenAnotherIsPromised() {
        let fetch = Fetch(promisedSize: 100_000)
        #expect(fetch.begin(isKept: true))
        fetch.grow(to: 70_000)
        #expect(fetch.head() == .size(100_000))
        fetch.promise(size: 70_000)
        #expect(fetch.head() == .size(100_000))
    }

    @Test func aSizeThatWasToldBindsLaterSources() {
        let told = Fetch()
        #expect(told.begin(isKept: true))
        told.learn(total: 100_000)
        told.grow(to: 70_000)
        #expect(told.head() == .size(100_000))
        #expect(!told.restart())

        let promised = Fetch(promisedSize: 100_000)
        #expect(promised.begin(isKept: true))
        promised.grow(to: 70_000)
        #expect(promised.head() == .size(100_000))
        #expect(promised.restart())
        promised.verify(size: 5)
        guard case .failed = promised.head() else {
            Issue.record("another size than the one that was told is a failure")
            return
        }
    }

    @Test func whatIsNotKeptEndsWithItsLastReader() {
        let fetch = Fetch()
        guard let one = fetch.join(), let other = fetch.join() else {
            Issue.record("a fetch that has not begun takes readers")
            return
        }
        #expect(fetch.begin(isKept: false))
        #expect(fetch.leave(one) == .nothing)
        #expect(fetch.leave(one) == .nothing)
        #expect(fetch.leave(other) == .cancel)
        #expect(fetch.join() == nil)

        let verified = Fetch()
        let reader = verified.join() ?? 0
        #expect(verified.begin(isKept: false))
        verified.verify(size: 1)
        #expect(verified.join() != nil)
        #expect(verified.leave(reader) == .nothing)
        #expect(verified.leave(reader + 1) == .release)
        #expect(verified.join() == nil)
    }

    @Test func whatIsKeptGoesOnWithoutReaders() {
        let fetch = Fetch()
        let reader = fetch.join() ?? 0
        #expect(fetch.begin(isKept: true))
        #expect(fetch.leave(reader) == .nothing)
        #expect(fetch.join() != nil)
        fetch.verify(size: 3)
        #expect(fetch.join() != nil)
    }

    @Test func nobodyFetchesForNobody() {
        let fetch = Fetch()
        let reader = fetch.join() ?? 0
        #expect(fetch.leave(reader) == .nothing)
        #expect(!fetch.begin(isKept: false))
        #expect(fetch.hasEnded)
    }

    /// Random histories of sources, readers and waiting, against what must always hold.
    @Test(arguments: 0..<40)
    func everyHistoryKeepsThePromises(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<50 {
            var history = History(&random)
            history.run(&random)
        }
    }
}

/// A fetch that `#expect` can change: it takes no mutating calls.
private final class Fetch {
    private var state: FetchState

    init(promisedSize: Int64? = nil) { state = FetchState(promisedSize: promisedSize) }

    var hasEnded: Bool { state.hasEnded }
    func join() -> FetchState.Reader? { state.join() }
    func leave(_ reader: FetchState.Reader) -> FetchState.Farewell { state.leave(reader).farewell }
    func head() -> FetchState.Head { state.head() }
    @discardableResult func bytes(from offset: Int64, limit: Int) -> FetchState.Bytes { state.bytes(from: offset, limit: limit) }
    func begin(isKept: Bool) -> Bool { state.begin(isKept: isKept) }
    func restart() -> Bool { state.restart() }
    func promise(size: Int64?) { state.promise(size: size) }
    func learn(total: Int64) { state.learn(total: total) }
    @discardableResult func grow(to count: Int64) -> [FetchState.Waiter] { state.grow(to: count) }
    @discardableResult func verify(size: Int64) -> [FetchState.Waiter] { state.verify(size: size) }
    @discardableResult func fail(_ error: PulpError) -> [FetchState.Waiter] { state.fail(error) }
}

/// One random history, and the checks on it.
private struct History {
    private var fetch: FetchState
    private let size: Int64
    private let isKept: Bool
    private var staged: Int64 = 0
    private var readers: [FetchState.Reader] = []
    private var waiting: Set<FetchState.Waiter> = []
    private var handedOut: Int64 = 0
    private var told: Int64??
    private var isVerified = false
    private var isOver = false
    private var endings = 0

    init(_ random: inout SplitMix) {
        size = Int64.random(in: 0...200_000, using: &random)
        isKept = Bool.random(using: &random)
        fetch = FetchState(promisedSize: Bool.random(using: &random) ? size : nil)
    }

    mutating func run(_ random: inout SplitMix) {
        if let reader = fetch.join() { readers.append(reader) }
        guard fetch.begin(isKept: isKept) else {
            Issue.record("a source is tried when somebody waits")
            return
        }
        for _ in 0..<60 { step(Int.random(in: 0..<12, using: &random), &random) }
        if !isOver { end(fetch.fail(PulpError(.http, "over"))) }
        // Nobody waits for ever.
        #expect(waiting.isEmpty)
        #expect(endings <= 1)
    }

    private mutating func step(_ choice: Int, _ random: inout SplitMix) {
        switch choice {
        case 0:
            let reader = fetch.join()
            #expect((reader != nil) == (!isOver || (isVerified && endings == 0)))
            if let reader { readers.append(reader) }
        case 1:
            guard let index = readers.indices.randomElement(using: &random) else { return }
            leave(readers.remove(at: index))
        case 2, 3, 4: ask(from: Int64.random(in: 0...size, using: &random), limit: Int.random(in: 1...100_000, using: &random))
        case 5: askHead()
        case 6:
            let need: FetchState.Need = Bool.random(using: &random) ? .head : .bytes(from: Int64.random(in: 0...size, using: &random))
            if let waiter = fetch.wait(for: need) {
                #expect(!isOver)
                waiting.insert(waiter)
            }
        case 7, 8:
            staged = Int64.random(in: staged...size, using: &random)
            wake(fetch.grow(to: staged))
        case 9 where Bool.random(using: &random):
            guard !isOver, fetch.begin(isKept: isKept) else { return }
            #expect(handedOut == 0)
            staged = 0
        case 10 where staged == size && !isOver && Bool.random(using: &random):
            isVerified = true
            end(fetch.verify(size: size))
        case 11 where !isOver && Int.random(in: 0..<10, using: &random) == 0:
            end(fetch.fail(PulpError(.digestMismatch, "wrong")))
        default: break
        }
    }

    private mutating func ask(from offset: Int64, limit: Int) {
        switch fetch.bytes(from: offset, limit: limit) {
        case .range(let range):
            #expect(range.lowerBound == offset && !range.isEmpty && range.count <= limit)
            #expect(range.upperBound <= (isVerified ? size : staged - 1))
            handedOut = max(handedOut, range.upperBound)
        case .end: #expect(isVerified && offset >= size)
        case .failed: #expect(isOver && (!isVerified || endings > 0))
        case .wait: #expect(!isOver)
        }
    }

    private mutating func askHead() {
        switch fetch.head() {
        case .size(let answer):
            #expect(isVerified || staged >= FetchState.headStart)
            if isVerified { #expect(answer == size) }
            if let told, let told { #expect(told == answer) }
            told = answer
        case .failed: #expect(isOver && (!isVerified || endings > 0))
        case .wait: #expect(!isOver)
        }
    }

    private mutating func leave(_ reader: FetchState.Reader) {
        let (farewell, woken) = fetch.leave(reader)
        wake(woken)
        guard farewell != .nothing else { return }
        #expect(readers.isEmpty && !isKept)
        #expect((farewell == .release) == isVerified)
        endings += 1
        isOver = true
    }

    private mutating func end(_ woken: [FetchState.Waiter]) {
        wake(woken)
        isOver = true
        #expect(waiting.isEmpty)
    }

    private mutating func wake(_ woken: [FetchState.Waiter]) {
        for waiter in woken {
            let wasWaiting = waiting.remove(waiter) != nil
            #expect(wasWaiting)
        }
    }
}
