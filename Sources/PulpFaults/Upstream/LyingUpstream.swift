import NIOCore
import PulpTesting
import Synchronization

/// Serves the ``Upstreams`` below `/0/`, `/1/`, …, and lies as often as it is told to.
final class LyingUpstream: Sendable {
    private struct State {
        var percent = 0
        var random: SplitMix
        var slow: [FakeGate] = []
    }

    private let upstreams: Upstreams
    private let ledger: Ledger
    private let state: Mutex<State>

    init(_ upstreams: Upstreams, seed: UInt64, ledger: Ledger) {
        (self.upstreams, self.ledger) = (upstreams, ledger)
        state = Mutex(State(random: SplitMix(seed: seed)))
    }

    /// Lies in so many of a hundred answers from now on.
    func lie(percent: Int) { state.withLock { $0.percent = percent } }

    /// Tells the truth from now on, and finishes what was slow.
    func calmDown() {
        let slow = state.withLock { state in
            state.percent = 0
            defer { state.slow = [] }
            return state.slow
        }
        for gate in slow { gate.open() }
    }

    func answer(_ request: FakeRequest) -> FakeAnswer {
        guard let (answer, isManifest) = truth(request.path) else { return .status(404) }
        return state.withLock { state in
            guard Int.random(in: 0..<100, using: &state.random) < state.percent else { return answer }
            let lie = Lie.allCases[Int.random(in: 0..<Lie.allCases.count, using: &state.random)]
            let length = answer.body.readableBytes
            let cut = length > 1 ? Int.random(in: 0..<length, using: &state.random) : 0
            ledger.count("lies: \(lie)")
            if lie == .slow {
                let gate = FakeGate()
                state.slow.append(gate)
                let wait = Duration.milliseconds(Int.random(in: 50...1500, using: &state.random))
                Task {
                    // Nobody cancels it.
                    try? await Task.sleep(for: wait)
                    gate.open()
                }
                return answer.ending(.held(after: cut, gate))
            }
            return lie.told(of: answer, cut: cut, isManifest: isManifest)
        }
    }

    private func truth(_ path: String) -> (FakeAnswer, isManifest: Bool)? {
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let upstream = Int(parts[0]), (0..<Upstreams.count).contains(upstream) else { return nil }
        let name = String(parts[1])
        let current = upstreams.current(upstream)
        if name == "PULP_MANIFEST" { return (.file(upstreams.manifest(of: current)), true) }
        let digest =
            Upstreams.isOnDemand(upstream)
            ? upstreams.everHad(name) : upstreams.files(of: current).first { $0.path == name }?.digest
        guard let digest, let bytes = upstreams.bytes(of: digest) else { return nil }
        return (.file(ByteBuffer(bytes: bytes), entityTag: "\"\(digest)\""), false)
    }
}

/// One way of not telling the truth.
private enum Lie: CaseIterable {
    case reset, unavailable, broken, missing, page, wrongBytes, cutShort, promisedMore, wrongRange, slow

    /// - Parameter isManifest: nothing says what a manifest should be, so its bytes are never changed in a way that leaves one.
    func told(of answer: FakeAnswer, cut: Int, isManifest: Bool) -> FakeAnswer {
        switch self {
        case .reset: answer.ending(.reset(after: cut))
        case .unavailable: .status(503, retryAfter: "0")
        case .broken: .status(500)
        case .missing: .status(404)
        case .page: .page("<html><body>Please log in.</body></html>")
        case .wrongBytes where isManifest: .page("not,a,manifest\n")
        case .wrongBytes: answer.changed(at: cut)
        case .cutShort where isManifest: answer.ending(.reset(after: cut))
        case .cutShort: answer.cut(to: cut)
        case .promisedMore: answer.claiming(length: answer.body.readableBytes + 1).ending(.reset(after: answer.body.readableBytes))
        case .wrongRange: answer.ranges(.mislabelled("bytes 0-0/1"))
        case .slow: answer
        }
    }
}

extension FakeAnswer {
    fileprivate func changed(at index: Int) -> FakeAnswer {
        var answer = self
        guard let byte = answer.body.getInteger(at: answer.body.readerIndex + index, as: UInt8.self) else { return answer }
        answer.body.setInteger(byte ^ 0x20, at: answer.body.readerIndex + index)
        return answer
    }

    fileprivate func cut(to count: Int) -> FakeAnswer {
        var answer = self
        answer.body = answer.body.getSlice(at: answer.body.readerIndex, length: count) ?? answer.body
        return answer
    }
}
