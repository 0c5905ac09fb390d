import Foundation
import NIOCore
import PulpCore
import PulpFile
import PulpTesting
import Synchronization
import Testing

@Suite("Content processes that are restarted one after the other", .timeLimit(.minutes(10)))
struct RollingContentTests {
    private static let files: [String: [UInt8]] = [
        "small": pattern(1000, 1), "medium": pattern(200_000, 2), "large": pattern(24 << 20, 3),
    ]

    @Test("answer every request that is let in, whole", arguments: DatabaseKind.allCases)
    func rolling(kind: DatabaseKind) async throws {
        try await Site.with(kind) { site in
            try await site.publish(Self.files)
            var processes = [try site.startContent(), try site.startContent()]
            var addresses: [String] = []
            for process in processes { addresses.append(try await process.listens()) }
            let ports = addresses.compactMap { $0.split(separator: ":").last.flatMap { Int($0) } }
            let crowd = Crowd(ports, Self.files.filter { $0.key != "large" })
            let asking = Task { await crowd.ask(clients: 8) }
            let result: Result<Void, any Error>
            do {
                for index in [0, 1, 0, 1, 0, 1] {
                    try await site.until("clients are answered by this process") { crowd.answers(from: ports[index]) > 200 }
                    try await site.stop(processes[index], at: ports[index], during: Self.files["large"] ?? [])
                    crowd.forget()
                    processes[index] = try site.startContent(at: addresses[index])
                    _ = try await processes[index].listens()
                }
                result = .success(())
            } catch { result = .failure(error) }
            crowd.end()
            await asking.value
            try result.get()
            #expect(crowd.losses == [])
        }
    }

    private static func pattern(_ count: Int, _ seed: UInt64) -> [UInt8] {
        var random = SplitMix(seed: seed)
        return (0..<count / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
    }
}

/// Clients that ask for files all the time.
private final class Crowd: Sendable {
    private struct State {
        var isOver = false
        var answers: [Int: Int] = [:]
        var losses: [String] = []
    }

    private let ports: [Int]
    private let files: [String: [UInt8]]
    private let state = Mutex(State())

    init(_ ports: [Int], _ files: [String: [UInt8]]) { (self.ports, self.files) = (ports, files) }

    /// What clients did not get, or not as it is.
    var losses: [String] { state.withLock { $0.losses } }

    /// How many answers came from a process since this was forgotten.
    func answers(from port: Int) -> Int { state.withLock { $0.answers[port, default: 0] } }

    func forget() { state.withLock { $0.answers = [:] } }

    func end() { state.withLock { $0.isOver = true } }

    /// Asks until the end, half of the clients on connections that they keep.
    func ask(clients: Int) async {
        await withDiscardingTaskGroup { group in
            for client in 0..<clients { group.addTask { await self.ask(keepsConnections: client % 2 == 0) } }
        }
    }

    private func ask(keepsConnections: Bool) async {
        var balancer = Balancer(ports, keepsConnections: keepsConnections)
        while !state.withLock({ $0.isOver }) {
            guard let (path, bytes) = files.randomElement() else { return }
            do {
                let (response, port) = try await balancer.get("/pulp/content/files/\(path)")
                state.withLock { $0.answers[port, default: 0] += 1 }
                if response.status != 200 || response.body != bytes {
                    lose("\(path): \(response.status), \(response.body.count) bytes")
                }
            } catch {
                lose("\(path), \(keepsConnections ? "on a connection that is kept" : "on a new connection"): \(error)")
            }
        }
        await balancer.close()
    }

    private func lose(_ what: String) { state.withLock { $0.losses.append(what) } }
}

extension Site {
    /// Publishes files below `files/`.
    fileprivate func publish(_ files: [String: [UInt8]]) async throws {
        let repository = try await pulp.create(FileRepository(name: "files", autopublish: true))
        _ = try await pulp.create(FileDistribution(name: "files", basePath: "files", of: repository.id))
        for (path, bytes) in files {
            let artifact = try await pulp.artifacts.add(ByteBuffer(bytes: bytes))
            try await pulp.run(CreateContent(FileContent.self, of: artifact.id, at: RelativePath(path), in: repository.id.cast()))
        }
    }

    fileprivate func startContent(at address: String = "127.0.0.1:0") throws -> PulpdProcess {
        try start("content", ["PULP_CONTENT_LISTEN": address, "PULP_EVENT_LOOPS": "2"])
    }

    /// Stops a process while a client takes a file slowly, which gets all of it.
    fileprivate func stop(_ pulpd: PulpdProcess, at port: Int, during file: [UInt8]) async throws {
        let slow = try await RawClient(port: port, window: 64 << 10)
        try await slow.channel.setOption(.autoRead, value: false).get()
        try await slow.send("GET /pulp/content/files/large HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.channel.read()
        #expect(try await slow.head().status == 200)
        pulpd.process.send(SIGTERM)
        try await until("nobody listens any more") {
            guard let knocking = try await RawClient.unlessRefused(port: port) else { return true }
            // The server may have been faster.
            try? await knocking.close()
            return false
        }
        #expect(pulpd.process.end == nil)
        try await slow.channel.setOption(.autoRead, value: true).get()
        #expect(try await slow.take(file.count) == file)
        // The server may have been faster.
        try? await slow.close()
        #expect(await end(of: pulpd) == .exited(0))
    }
}
