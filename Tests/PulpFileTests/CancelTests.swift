import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("Canceling a synchronization of files")
struct CancelTests {
    /// Where upstream holds the sync back.
    enum Stage: CaseIterable {
        case listingAsked, listingHalf, betweenFiles, fileHalf
    }

    @Test(
        "leaves the version before, nothing half done, and what was downloaded for the next time", arguments: DatabaseKind.allCases,
        Stage.allCases)
    func canceled(kind: DatabaseKind, stage: Stage) async throws {
        try await Mirror.with(kind) { (mirror) async throws in
            try mirror.upstream.serve([("old", "1")])
            try await mirror.sync()
            let large = String(repeating: "large ", count: 30_000)
            let files = (0..<30).map { (path: "f\($0)", text: "text \($0)") } + [(path: "last", text: large)]
            try mirror.upstream.serve(files)
            let gate = FakeGate()
            let manifest = try files.map(Upstream.line).joined()
            let remote = mirror.upstream.remote
            switch stage {
            case .listingAsked: remote.answer("/PULP_MANIFEST", with: .file(manifest).waiting(for: gate), .file(manifest))
            case .listingHalf: remote.answer("/PULP_MANIFEST", with: .file(manifest).ending(.held(after: 500, gate)), .file(manifest))
            case .betweenFiles: remote.answer("/last", with: .file(large).waiting(for: gate), .file(large))
            case .fileHalf: remote.answer("/last", with: .file(large).ending(.held(after: 100_000, gate)), .file(large))
            }
            let running = Task { try await mirror.sync() }
            await gate.reached()
            running.cancel()
            await #expect(throws: CancellationError.self) { _ = try await running.value }
            gate.open()

            #expect(try await mirror.pulp.tasks.list().tasks.first?.state == .canceled)
            #expect(try await mirror.latest() == 1)
            #expect(try await mirror.paths() == ["old"])
            #expect(try mirror.pulp.stagedFiles() == [])
            #expect(try await mirror.pulp.violations() == [])

            let version = try #require(try await mirror.sync(mirror: true))
            #expect(version.number == 2)
            #expect(try await mirror.paths() == files.map(\.path).sorted())
            #expect(try await mirror.pulp.violations() == [])
        }
    }
}
