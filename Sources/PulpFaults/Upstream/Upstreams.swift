import PulpCore
import PulpFile
import PulpTesting
import Synchronization

/// A file of an upstream.
struct UpstreamFile: Sendable, Hashable {
    let path: String
    let digest: String
    let size: Int
}

/// What the upstreams of a run have, each in a row of generations: all of it follows from the seed.
///
/// Files of the first two change their bytes under the same path; some are the same bytes in both. In the third and the fourth,
/// which are fetched on demand, a path always has the same bytes, as in every repository that can be mirrored that way; the
/// fourth has more files than go into one batch of a sync. A file with the name ``marker`` and the number of the generation tells
/// which generation a set of files is.
final class Upstreams: Sendable {
    static let count = 4
    static let marker = "generation-"

    private struct State {
        var current = [Int](repeating: 0, count: Upstreams.count)
        var files: [Generation: [UpstreamFile]] = [:]
        /// Every digest that a path had in a generation that was ever served.
        var possible: [String: Set<String>] = [:]
        var bytes: [String: [UInt8]] = [:]
    }

    struct Generation: Hashable {
        let upstream: Int
        let number: Int
    }

    private let seed: UInt64
    private let state = Mutex(State())

    init(seed: UInt64) {
        self.seed = seed
        for upstream in 0..<Self.count { _ = files(of: Generation(upstream: upstream, number: 0)) }
    }

    static func isOnDemand(_ upstream: Int) -> Bool { upstream >= 2 }

    /// The next generation is served from now on.
    func advance(_ upstream: Int) {
        let next = Generation(upstream: upstream, number: state.withLock { $0.current[upstream] } + 1)
        // Known before anybody can see it.
        _ = files(of: next)
        state.withLock { $0.current[upstream] = next.number }
    }

    func current(_ upstream: Int) -> Generation {
        Generation(upstream: upstream, number: state.withLock { $0.current[upstream] })
    }

    /// The files of a generation, by their paths' bytes.
    func files(of generation: Generation) -> [UpstreamFile] {
        if let known = state.withLock({ $0.files[generation] }) { return known }
        var files: [UpstreamFile] = []
        var bytes: [String: [UInt8]] = [:]
        for (path, content) in contents(of: generation) {
            let digest = sha256(of: content)
            bytes[digest] = content
            files.append(UpstreamFile(path: path, digest: digest, size: content.count))
        }
        files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        state.withLock { state in
            state.files[generation] = files
            state.bytes.merge(bytes) { first, _ in first }
            for file in files { state.possible[file.path, default: []].insert(file.digest) }
        }
        return files
    }

    func manifest(of generation: Generation) -> String {
        files(of: generation).map { "\($0.path),\($0.digest),\($0.size)\n" }.joined()
    }

    func bytes(of digest: String) -> [UInt8]? { state.withLock { $0.bytes[digest] } }

    /// Whether a file was ever to be had.
    func isPossible(_ digest: String, at path: String) -> Bool { state.withLock { $0.possible[path]?.contains(digest) == true } }

    /// Whether a path of an upstream on demand was ever there; its bytes never change.
    func everHad(_ path: String) -> String? { state.withLock { $0.possible[path]?.first } }

    /// Takes note of a file that comes from elsewhere.
    func allow(_ bytes: [UInt8], at path: String) {
        let digest = sha256(of: bytes)
        state.withLock { state in
            state.possible[path, default: []].insert(digest)
            state.bytes[digest] = bytes
        }
    }
}

extension Upstreams {
    private func contents(of generation: Generation) -> [(path: String, bytes: [UInt8])] {
        let (upstream, number) = (generation.upstream, generation.number)
        var contents: [(path: String, bytes: [UInt8])] = []
        for slot in 0..<(upstream == 3 ? 1100 : 40) {
            // One of eight is missing, now and then.
            if hash(upstream, slot, number / 2, 1) % 8 == 0 { continue }
            let edition = (0...number).count { hash(upstream, slot, $0, 2) % 5 == 0 }
            let isShared = upstream < 2 && slot % 7 == 0
            let text = "\(isShared ? "both" : "upstream \(upstream)"), file \(slot), edition \(edition)\n"
            let folder = "d\(slot % 5)"
            let path = Self.isOnDemand(upstream) ? "\(folder)/f\(slot)-u\(upstream)-e\(edition)" : "\(folder)/f\(slot)"
            contents.append((path, filled(text, to: size(slot, of: upstream))))
        }
        let marker = Self.marker + (Self.isOnDemand(upstream) ? "u\(upstream)-\(number)" : "\(number)")
        return contents + [(marker, Array("\(upstream) \(number)\n".utf8))]
    }

    private func size(_ slot: Int, of upstream: Int) -> Int {
        switch upstream {
        case 3: 0
        default: slot % 10 == 0 ? 60_000 + slot * 5000 : 20 + slot * 97
        }
    }

    private func filled(_ text: String, to size: Int) -> [UInt8] {
        var bytes = Array(text.utf8)
        let pattern = bytes
        bytes.reserveCapacity(max(size, bytes.count))
        while bytes.count < size { bytes += pattern }
        return bytes
    }

    private func hash(_ parts: Int...) -> UInt64 {
        var random = SplitMix(seed: parts.reduce(seed) { ($0 ^ UInt64(truncatingIfNeeded: $1)) &* 0x0000_0100_0000_01B3 })
        return random.next() >> 16
    }
}

func sha256(of bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256])[.sha256] ?? "" }
}
