import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A file URL")
struct FileSourceTests {
    /// A folder `allowed` with a file, a neighbour `allowed2` with another, and a downloader that may read the first.
    private func withFolders(_ body: (_ root: String, _ fetch: (String) async throws -> String) async throws -> Void) async throws {
        let root = NSTemporaryDirectory() + "pulp-file-source-" + UUID().uuidString
        let files = FileManager.default
        try files.createDirectory(atPath: root + "/allowed/sub", withIntermediateDirectories: true)
        try files.createDirectory(atPath: root + "/allowed2", withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: root) }  // Best effort: the system clears its folder for temporary files.
        try Data("inside".utf8).write(to: URL(fileURLWithPath: root + "/allowed/sub/a b.txt"))
        try Data("outside".utf8).write(to: URL(fileURLWithPath: root + "/allowed2/x"))
        var settings = Settings(dataDirectory: "/nonexistent")
        settings.allowedImportPaths = [root + "/allowed"]
        let downloader = Downloader(settings: settings)
        try await body(root) { url in
            let staged = MemoryArtifact()
            _ = try await downloader.fetch(RemoteFile(url: url), from: RemoteSettings(url: url), into: staged)
            let document = try await downloader.fetchDocument(url, from: RemoteSettings(url: url), limit: 1 << 30)
            #expect(String(buffer: document.bytes) == staged.text)
            return staged.text
        }
        try await downloader.shutdown()
    }

    @Test("brings a file below an allowed folder")
    func inside() async throws {
        try await withFolders { root, fetch in
            try await #expect(fetch("file://\(root)/allowed/sub/a%20b.txt") == "inside")
        }
    }

    @Test("brings a large file in order, and an empty one")
    func sizes() async throws {
        try await withFolders { root, fetch in
            for size in [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1_000_000] {
                let text = String((0..<size).map { Character(Unicode.Scalar(UInt8($0 % 26) + 97)) })
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(root)/allowed/large"))
                try await #expect(fetch("file://\(root)/allowed/large") == text)
            }
        }
    }

    @Test(
        "is refused outside, whatever way it takes",
        arguments: [
            "/allowed2/x", "/allowed/../allowed2/x", "/allowed/%2e%2e/allowed2/x", "/allowed/link", "/allowed/folder/x", "/allowed",
            "/allowed/", "/allowed/sub", "/allowed/pipe", "/allowed//sub/a%20b.txt",
        ])
    func outside(path: String) async throws {
        try await withFolders { root, fetch in
            let files = FileManager.default
            try files.createSymbolicLink(atPath: root + "/allowed/link", withDestinationPath: root + "/allowed2/x")
            try files.createSymbolicLink(atPath: root + "/allowed/folder", withDestinationPath: "../allowed2")
            #expect(mkfifo(root + "/allowed/pipe", 0o600) == 0)
            let error = await #expect(throws: PulpError.self) { _ = try await fetch("file://\(root)\(path)") }
            #expect(error?.code == .urlScheme)
        }
    }

    @Test("of a file that is not there says so")
    func missing() async throws {
        try await withFolders { root, fetch in
            let error = await #expect(throws: PulpError.self) { _ = try await fetch("file://\(root)/allowed/none") }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("/allowed/none") == true)
        }
    }

    @Test(
        "never reads what the kernel makes up",
        arguments: ["/proc/self/environ", "/proc/version", "/dev/zero", "/sys/kernel/uevent_seqnum"])
    func kernel(path: String) async throws {
        var settings = Settings(dataDirectory: "/nonexistent")
        settings.allowedImportPaths = ["/"]
        let downloader = Downloader(settings: settings)
        let error = await #expect(throws: PulpError.self) {
            _ = try await downloader.fetchDocument("file://\(path)", from: RemoteSettings(), limit: 1 << 20)
        }
        #expect(error?.message.contains(path) == true)
    }

    @Test("is checked when its remote is saved, too")
    func saving() throws {
        for url in ["file:///mnt/a/PULP_MANIFEST", "file:///mnt/a/", "file:///mnt/a", "http://a/"] {
            try RemoteSettings(name: "r", url: url).validateImportPath(["/mnt/a"])
        }
        for url in ["file:///mnt/ab/", "file:///mnt/", "file:///mnt/a/../b", "file:///", "file:///mnt/A/"] {
            #expect(throws: ValidationError.self) { try RemoteSettings(name: "r", url: url).validateImportPath(["/mnt/a", "/srv/"]) }
        }
        try RemoteSettings(name: "r", url: "file:///srv/x").validateImportPath(["/mnt/a", "/srv/"])
    }

    @Test("is refused when its remote is created or moved there", arguments: DatabaseKind.allCases)
    func storing(kind: DatabaseKind) async throws {
        func remote(_ url: String) -> NoteRemote {
            var remote = NoteRemote()
            remote.remote = RemoteSettings(name: url, url: url)
            return remote
        }
        try await kind.withPulp(plugins: [.notes], { $0.allowedImportPaths = ["/mnt/a"] }) { pulp in
            for url in ["file:///mnt/ab/", "file:///etc/passwd", "file:///mnt/a/../b"] {
                let error = await #expect(throws: ValidationError.self, "\(url)") { try await pulp.create(remote(url)) }
                #expect(error?.problems.map(\.field) == ["url"])
            }
            #expect(try await pulp.list(NoteRemote.self).isEmpty)
            var record = try await pulp.create(remote("file:///mnt/a/x/"))
            record.remote.url = "file:///mnt/b/"
            let error = await #expect(throws: ValidationError.self) { try await pulp.update(record) }
            #expect(error?.problems.map(\.message) == ["Path '/mnt/b/' is not an allowed import path"])
            #expect(try await pulp.get(record.id).remote.url == "file:///mnt/a/x/")
        }
    }

    @Test("may have its remote renamed after the operator has withdrawn its folder", arguments: DatabaseKind.allCases)
    func withdrawn(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes], { $0.allowedImportPaths = ["/mnt/a"] }) { pulp in
            var remote = NoteRemote()
            remote.remote = RemoteSettings(name: "old", url: "file:///mnt/a/")
            var record = try await pulp.create(remote)
            let resources = Resources(box: pulp.resources.box, allowedImportPaths: [])
            record.remote.name = "new"
            let renamed = record
            #expect(try await pulp.database.write { try resources.update(renamed, in: $0) })
        }
    }
}
