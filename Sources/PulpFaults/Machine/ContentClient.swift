import NIOCore
import PulpCore
import PulpTesting
import Synchronization

/// A client machine, which asks for manifests and for files of them all the time.
///
/// A broken answer is no surprise while processes are killed; a wrong one is.
struct ContentClient: Sendable {
    let fleet: Fleet
    let world: World
    let ledger: Ledger
    let hardship: Hardship
    /// How long an answer may take at most.
    let patience: Duration

    /// Asks until it is canceled.
    func run(seed: UInt64) async {
        var random = SplitMix(seed: seed)
        var published: Set<String> = []
        while !Task.isCancelled {
            let (path, upstream) = World.served[Int.random(in: 0..<World.served.count, using: &random)]
            guard let manifest = await get("\(path)/PULP_MANIFEST") else {
                // Canceled, which is all that sleeping can throw.
                try? await Task.sleep(for: .milliseconds(50))
                continue
            }
            guard manifest.status == 200 else {
                if manifest.status == 404, published.contains(path) { ledger.find("\(path) was served, and then it was not any more") }
                continue
            }
            published.insert(path)
            let lines = manifest.text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
            check(manifest.text, lines, path, upstream)
            for _ in 0..<3 {
                guard let line = lines.randomElement(using: &random), line.count == 3 else { break }
                guard let file = await get("\(path)/\(line[0])"), file.status == 200 else { continue }
                check(file, at: line[0], of: path)
            }
        }
    }

    private func check(_ text: String, _ lines: [[String]], _ path: String, _ upstream: Int?) {
        for line in lines {
            guard line.count == 3, world.upstreams.isPossible(line[1], at: line[0]) else {
                return ledger.find("the manifest of \(path) lists what nobody ever had: \(line.joined(separator: ","))")
            }
        }
        guard let upstream, !lines.isEmpty else { return }
        if let difference = world.upstreams.difference(of: lines.map { ($0[0], $0[1]) }, from: upstream) {
            ledger.find("the manifest of \(path) is none that upstream ever had: \(difference)")
        }
    }

    private func check(_ response: RawClient.Response, at file: String, of path: String) {
        let digest = sha256(of: response.body)
        if response["ETag"] != "\"\(digest)\"" { ledger.find("\(path)/\(file) was served with the tag \(response["ETag"] ?? "none")") }
        if !world.upstreams.isPossible(digest, at: file) { ledger.find("\(path)/\(file) was served with bytes that nobody ever had") }
    }

    /// - Returns: nil when there was no whole answer.
    private func get(_ path: String) async -> RawClient.Response? {
        guard let port = fleet.contentPort else { return nil }
        let overdue = Task {
            try await Task.sleep(for: patience)
            ledger.find("no answer to a request for \(path) within \(patience)")
        }
        defer { overdue.cancel() }
        do {
            let client = try await RawClient(port: port)
            do {
                let response = try await client.get("/pulp/content/\(path)", ["Connection: close"])
                ledger.count("answers: \(response.status)")
                if response.status == 500, !hardship.isRecent { ledger.find("\(path) was answered with 500") }
                // It may be closed already.
                try? await client.close()
                return response
            } catch {
                try? await client.close()
                throw error
            }
        } catch {
            ledger.count("answers that broke off")
            return nil
        }
    }
}

extension Upstreams {
    /// What distinguishes files from every generation of an upstream that was ever served; nil when they are one.
    func difference(of files: [(path: String, digest: String)], from upstream: Int) -> String? {
        guard let marker = files.first(where: { $0.path.hasPrefix(Self.marker) }),
            let number = marker.path.split(separator: "-").last.flatMap({ Int($0) }), number <= current(upstream).number
        else { return "no generation" }
        let expected = Set(self.files(of: Generation(upstream: upstream, number: number)).map { "\($0.path) \($0.digest)" })
        let found = Set(files.map { "\($0.path) \($0.digest)" })
        if found.count != files.count { return "a path is there twice" }
        if found == expected { return nil }
        let (missing, strange) = (expected.subtracting(found).sorted(), found.subtracting(expected).sorted())
        return "of generation \(number), \(missing.count) files are missing (\(missing.prefix(3))), "
            + "\(strange.count) are strange (\(strange.prefix(3)))"
    }
}
