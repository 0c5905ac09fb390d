import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("The file plugin")
struct FilePluginTests {
    @Test("does what every plugin must", arguments: PluginConformance.checks, DatabaseKind.allCases)
    func conforms(check: PluginConformance, kind: DatabaseKind) async throws {
        let samples = try ["a", "b/c", "b/\u{FC}", "u\u{308}"].map { path in
            FileContent(relativePath: try RelativePath(path), digest: .ofNothing)
        }
        try await check.run(.file, samples: samples, on: kind)
    }
}
