import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpControl

@Suite("Where a mirror comes from")
struct MirrorSourceTests {
    private func url(_ text: String, allowed: [String] = []) throws -> String {
        try MirrorSource(text).remoteURL(FileRepository.remoteURL(ofFolder:), allowed: allowed)
    }

    @Test(
        "A URL of a folder means its manifest; another stays as it is",
        arguments: [
            ("https://example.org/files/", "https://example.org/files/PULP_MANIFEST"),
            ("https://example.org/files/PULP_MANIFEST", "https://example.org/files/PULP_MANIFEST"),
            ("http://example.org/list.txt", "http://example.org/list.txt"),
        ])
    func urls(text: String, expected: String) throws {
        #expect(try url(text) == expected)
    }

    @Test("A folder of this machine must be allowed, and the message says how")
    func folders() async throws {
        try await TemporaryDirectory.with { folder in
            let directory = folder.path
            try FileManager.default.createDirectory(atPath: directory + "/a b", withIntermediateDirectories: true)
            #expect(try url(directory + "/a b", allowed: [directory]) == "file://\(directory)/a%20b/PULP_MANIFEST")
            #expect(try url("file://\(directory)/a%20b/", allowed: [directory + "/"]) == "file://\(directory)/a%20b/PULP_MANIFEST")
            for allowed in [[], [directory + "/a"], [directory + "/a b/c"]] {
                let error = #expect(throws: PulpError.self) { try url(directory + "/a b", allowed: allowed) }
                #expect(error?.message.contains("PULP_ALLOWED_IMPORT_PATHS=\(directory)/a b") == true)
            }
            let error = #expect(throws: PulpError.self) { try url(directory + "/missing", allowed: [directory]) }
            #expect(error?.code == .notFound)
        }
    }

    @Test(
        "Base paths overlap when one is the other or above it",
        arguments: [
            ("a", "a", true), ("a", "a/b", true), ("a/b", "a", true), ("a", "ab", false), ("a/b", "a/c", false),
        ])
    func overlap(first: String, second: String, overlaps: Bool) {
        #expect(Mirroring<FileRepository>.overlap(first, second) == overlaps)
    }
}
