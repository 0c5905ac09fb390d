import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Copying artifacts")
struct ArtifactCopyTests {
    @Test("divides them into groups that lose nothing, keep the order, and are large enough and no larger")
    func groups() {
        var random = SplitMix(seed: 1)
        for _ in 0..<500 {
            let sizes = (0..<Int.random(in: 0...40, using: &random)).map { _ in Int64.random(in: 0...30, using: &random) }
            let groups = ArtifactCopy.groups(of: sizes, count: 5, bytes: 50)
            #expect(groups.flatMap(Array.init) == Array(sizes.indices))
            for (group, next) in zip(groups, groups.dropFirst().map(Optional.some) + [nil]) {
                let bytes = sizes[group].reduce(0, +)
                #expect(!group.isEmpty && group.count <= 5 && (bytes <= 50 || group.count == 1))
                if let next { #expect(group.count == 5 || bytes + sizes[next.lowerBound] > 50) }
            }
        }
        #expect(ArtifactCopy.groups(of: [.max, .max, 1, 1], count: 5, bytes: 50) == [0..<1, 1..<2, 2..<4])
    }

    @Test("copies what is not there, and names what is missing or damaged", arguments: DatabaseKind.allCases)
    func outcomes(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            try await TemporaryDirectory.with { folder in
                let destination = try LocalArtifactStore(mediaRoot: folder.path)
                let texts = (0..<10).map { "text \($0)" }
                var artifacts: [SHA256Digest] = []
                for text in texts { artifacts.append(try await store.artifact(text).sha256) }
                try await store.store.delete(artifacts[3])
                try store.overwrite(artifacts[5], with: "TEXT 5")
                try store.overwrite(artifacts[7], with: "text")
                let copy = ArtifactCopy(database: store.database, destination: destination) {
                    try await store.store.read($0.sha256, 0..<$0.size)
                }
                let result = try await copy.run()
                #expect(result.missing == [artifacts[3]])
                #expect(result.damaged == [artifacts[5], artifacts[7]])
                #expect((result.count, result.copied, result.bytes, result.copiedBytes) == (7, 7, 42, 42))
                for (text, digest) in zip(texts, artifacts) where ![3, 5, 7].map({ artifacts[$0] }).contains(digest) {
                    #expect(try await destination.bytes(of: digest, limit: 100) == ByteBuffer(string: text))
                }
                #expect(try await destination.sizes(of: artifacts).count == 7)

                for (index, text) in [(3, "text 3"), (5, "text 5"), (7, "text 7")] { try store.overwrite(artifacts[index], with: text) }
                let again = try await copy.run()
                #expect((again.count, again.copied, again.missing, again.damaged) == (10, 3, [], []))
            }
        }
    }

    @Test("reads what is there already when it is told to, and replaces what is damaged")
    func verification() async throws {
        try await StoreBuilder.with(.sqlite) { store in
            try await TemporaryDirectory.with { folder in
                let destination = try LocalArtifactStore(mediaRoot: folder.path)
                let digest = try await store.artifact("good").sha256
                var copy = ArtifactCopy(database: store.database, destination: destination) {
                    try await store.store.read($0.sha256, 0..<$0.size)
                }
                _ = try await copy.run()
                try store.overwrite(digest, with: "evil", in: folder.path)
                #expect(try await copy.run().copied == 0)
                copy.verifiesPresent = true
                #expect(try await copy.run().copied == 1)
                #expect(try await destination.bytes(of: digest, limit: 100) == ByteBuffer(string: "good"))
            }
        }
    }
}
