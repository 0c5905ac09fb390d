import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct LocalArtifactStoreTests {
    @Test(arguments: ArtifactStoreConformance.checks)
    func conforms(_ check: ArtifactStoreConformance) async throws {
        try await withFolder { try await check.run(try LocalArtifactStore(mediaRoot: $0)) }
    }

    @Test(arguments: ArtifactStoreConformance.checks)
    func conformsWithAGateInTheDatabase(_ check: ArtifactStoreConformance) async throws {
        try await DatabaseKind.sqlite.withDatabase { database in
            try await database.migrate(Migrations.core, family: "core")
            try await withFolder { try await check.run(try LocalArtifactStore(mediaRoot: $0, gate: DatabaseCommitGate(database))) }
        }
    }

    @Test func layoutIsPulps() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(mediaRoot: folder)
            let staged = try await store.stage([])
            try await staged.write(ByteBuffer(string: "abc"))
            let digest = try await staged.finish().sha256
            try await store.commit([staged])
            let path = "artifact/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8) == "abc")
            #expect(store.localPath(of: digest)?.hasSuffix(path) == true)
        }
    }

    @Test func fewBytesNeverTouchTheDiskBeforeACommit() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(mediaRoot: folder)
            let small = try await store.stage([])
            try await small.write(ByteBuffer(repeating: 1, count: 64 << 10))
            #expect(try files(in: "\(folder)/staging").isEmpty)
            try await small.write(ByteBuffer(repeating: 1, count: 1))
            #expect(try files(in: "\(folder)/staging").count == 1)
            await small.discard()
            #expect(try files(in: "\(folder)/staging").isEmpty)
        }
    }

    @Test func aCommitLeavesNothingInTheStagingArea() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(mediaRoot: folder)
            for count in [1, 20] {
                var staged: [any StagedArtifact] = []
                for index in 0..<count {
                    let artifact = try await store.stage([])
                    try await artifact.write(ByteBuffer(repeating: UInt8(index), count: index.isMultiple(of: 2) ? 5 : 100_000))
                    _ = try await artifact.finish()
                    staged.append(artifact)
                }
                try await store.commit(staged)
                #expect(try files(in: "\(folder)/staging").isEmpty)
            }
        }
    }

    @Test func whatADeadProcessLeftIsSwept() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(mediaRoot: folder)
            let running = try await store.stage([])
            try await running.write(ByteBuffer(repeating: 1, count: 100_000))
            // A folder that nobody holds the lock of is what a killed process leaves.
            let left = "\(folder)/staging/\(UUIDv7.make())"
            try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
            try Data("half".utf8).write(to: URL(filePath: "\(left)/half"))
            #expect(try await store.abandonedFiles() == ["\(left)/half"])
            #expect(try await store.sweepStaging(olderThan: .now - .seconds(3600)) == 1)
            #expect(!FileManager.default.fileExists(atPath: left))
            #expect(try files(in: "\(folder)/staging").count == 1)
            #expect(try await store.sweepStaging(olderThan: .now + .seconds(3600)) == 1)
            await running.discard()
        }
    }

    @Test func aSymbolicLinkInPlaceOfAnArtifactIsNotFollowed() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(mediaRoot: folder)
            let digest = try SHA256Digest(hex: String(repeating: "ab", count: 32))
            try FileManager.default.createDirectory(atPath: "\(folder)/artifact/ab", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: try #require(store.localPath(of: digest)), withDestinationPath: "/etc/passwd")
            await #expect(throws: PulpError.self) { _ = try await store.read(digest, 0..<10) }
        }
    }

    /// The disk is full where the blob is written, and where the temporary file is.
    @Test(.enabled(if: SmallFileSystem.isPermitted), arguments: [40_000, 400_000, 3_000_000])
    func aFullDiskLeavesNoPartOfAnArtifact(size: Int) async throws {
        try await withFolder { folder in
            let mount = try SmallFileSystem(at: "\(folder)/media", bytes: 1 << 20)
            defer { mount.unmount() }
            let store = try LocalArtifactStore(mediaRoot: "\(folder)/media")
            let kept = try await store.stage([])
            try await kept.write(ByteBuffer(string: "kept"))
            let keptDigest = try await kept.finish().sha256
            try await store.commit([kept])
            var staged: [any StagedArtifact] = []
            let error = await #expect(throws: PulpError.self) {
                for index in 0..<(6_000_000 / size) {
                    let artifact = try await store.stage([])
                    staged.append(artifact)
                    try await artifact.write(ByteBuffer(repeating: UInt8(index), count: size))
                    _ = try await artifact.finish()
                }
                try await store.commit(staged)
            }
            #expect(error?.code == .storageFull)
            #expect(error?.message.contains("No space left on device") == true)
            for artifact in staged { await artifact.discard() }
            #expect(try files(in: "\(folder)/media/staging").isEmpty)
            var names: [SHA256Digest] = []
            try await store.forEach { digest, _ in names.append(digest) }
            #expect(names == [keptDigest])

            // Space returns.
            let again = try await store.stage([])
            try await again.write(ByteBuffer(string: "again"))
            _ = try await again.finish()
            try await store.commit([again])
        }
    }
}

/// The regular files below a folder, without the store's lock files.
private func files(in folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isDirectory)
        return exists && !isDirectory.boolValue && path != "gate" && path != "turn"
    }
}

func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pulp-\(UUIDv7.make())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }  // What is left is in the temporary folder.
    return try await body(folder)
}
