import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A clean-up of orphans")
struct OrphanCleanupTests {
    @Test("refuses a protection time that no clock can hold, and deletes nothing", arguments: DatabaseKind.allCases, [-1, .max])
    func protectionTime(kind: DatabaseKind, minutes: Int) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let artifact = try await pulp.artifacts.add(ByteBuffer(string: "x"))
            let error = await #expect(throws: PulpError.self) {
                _ = try await pulp.run(OrphanCleanup(protectionTime: minutes))
            }
            #expect(error?.message.contains("\(minutes) minutes") == true)
            #expect(try await pulp.artifacts.find(artifact.sha256)?.id == artifact.id)
        }
    }
}
