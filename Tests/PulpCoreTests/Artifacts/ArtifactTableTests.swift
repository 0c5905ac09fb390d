import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct ArtifactTableTests {
    private func description(_ text: String, _ algorithms: Set<DigestAlgorithm> = [.sha256, .sha512]) -> ArtifactDescription {
        let bytes = Array(text.utf8)
        return ArtifactDescription(
            size: Int64(bytes.count), digests: bytes.withUnsafeBytes { DigestHasher.digests(of: $0, algorithms) })
    }

    @Test(arguments: DatabaseKind.allCases)
    func oneRowPerDigestHoweverOftenItComes(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let (a, b, c) = (description("a"), description("b"), description("c"))
            let first = try await store.database.write { try $0.insert([a, b, a], at: .now) }
            #expect(Set(first.keys) == [a.sha256, b.sha256])
            let second = try await store.database.write { try $0.insert([b, c], at: .now) }
            #expect(second[b.sha256] == first[b.sha256])
            #expect(try await store.value("SELECT COUNT(*) FROM artifact") == 3)
            #expect(try await store.database.write { try $0.insert([ArtifactDescription](), at: .now) }.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func concurrentCreatorsGetTheSameRows(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let descriptions = (0..<200).map { description("artifact \($0)") }
            let keys = try await withThrowingTaskGroup(of: [SHA256Digest: Int64].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await store.database.write { try $0.insert(descriptions.shuffled(), at: .now) } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(keys).count == 1)
            #expect(try await store.value("SELECT COUNT(*) FROM artifact") == 200)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func digestsThatBecameAllowedAreFilledInAndOldUsesRenewed(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let old = Timestamp.now - .seconds(7200)
            _ = try await store.database.write { try $0.insert([description("a", [.sha256, .sha1])], at: old) }
            let now = Timestamp.now
            _ = try await store.database.write { try $0.insert([description("a")], at: now) }
            let artifact = try #require(try await store.artifacts.find(description("a").sha256))
            #expect(artifact.digests.algorithms == [.sha1, .sha256, .sha512])
            #expect(artifact.created == old)
            #expect(try await store.value("SELECT touched FROM artifact") == now)
            _ = try await store.database.write { try $0.insert([description("a")], at: now + .seconds(60)) }
            #expect(try await store.value("SELECT touched FROM artifact") == now)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func claimsFindWhatAgreesWithAllOfThem(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let (a, b) = (description("a", [.md5, .sha256, .sha512]), description("bb", [.md5, .sha256, .sha512]))
            let old = Timestamp.now - .seconds(7200)
            let keys = try await store.database.write { try $0.insert([a, b], at: old) }
            @Sendable func only(_ algorithm: DigestAlgorithm, of artifact: ArtifactDescription) -> Digests {
                var digests = Digests()
                digests[algorithm] = artifact.digests[algorithm]
                return digests
            }
            var weakOnlyMatches = only(.md5, of: a)
            weakOnlyMatches[.sha256] = b.digests[.sha256]
            let now = Timestamp.now
            let found = try await store.database.write { [weakOnlyMatches] db in
                try db.findArtifacts(
                    [
                        ArtifactClaim(digests: only(.sha256, of: a)), ArtifactClaim(digests: only(.sha512, of: b)),
                        ArtifactClaim(digests: only(.md5, of: a)), ArtifactClaim(size: 2, digests: only(.sha256, of: a)),
                        ArtifactClaim(digests: weakOnlyMatches), ArtifactClaim(digests: [:]),
                        ArtifactClaim(size: 1, digests: a.digests), ArtifactClaim(digests: description("c").digests),
                    ], at: now)
            }
            let (keyOfA, keyOfB) = (keys[a.sha256], keys[b.sha256])
            #expect(found.map { $0?.key } == [keyOfA, keyOfB, keyOfA, nil, nil, nil, keyOfA, nil])
            #expect(try await store.value("SELECT MIN(touched) FROM artifact") == now)
        }
    }

    /// Rows 38, 39, 40 and 41, and the sizes of row 34.
    @Test func bytesThatAreNotWhatWasClaimedAreNotKept() async throws {
        try await StoreBuilder.with(.sqlite) { store in
            let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            func code(size: Int64? = nil, _ digests: Digests) async -> PulpError.Code? {
                await #expect(throws: PulpError.self) {
                    _ = try await store.artifacts.add(ByteBuffer(string: "abc"), size: size, digests: digests)
                }?.code
            }
            #expect(await code([.sha256: String(repeating: "0", count: 64)]) == .digestMismatch)
            #expect(await code(size: 2, [:]) == .sizeMismatch)
            #expect(await code(size: 4, [:]) == .sizeMismatch)
            #expect(await code([.md5: "900150983cd24fb0d6963f7d28e17f72"]) == .unsupportedDigest)
            #expect(await code([.md5: "900150983cd24fb0d6963f7d28e17f72", .sha512: String(repeating: "0", count: 128)]) == .digestMismatch)
            #expect(try await store.value("SELECT COUNT(*) FROM artifact") == 0)
            #expect(try await store.violations() == [])

            let claimed = try Digests(claimed: [.sha256: abc.uppercased()])
            let artifact = try await store.artifacts.add(ByteBuffer(string: "abc"), size: 3, digests: claimed)
            #expect(artifact.sha256.hex == abc)
            #expect(artifact.digests.algorithms == [.sha256, .sha512])
            #expect(try await store.artifacts.add(ByteBuffer(string: "abc")) == artifact)
            #expect(try await store.artifacts.find(artifact.id) == artifact)
        }
        #expect(throws: InvalidField.self) { try Digests(claimed: [.sha256: "abc"]) }
        #expect(throws: InvalidField.self) { try Digests(claimed: [.sha256: " " + String(repeating: "0", count: 63)]) }
    }

    @Test func aClaimWithoutAnyDigestIsRefusedWhereOneIsNeeded() {
        let error = #expect(throws: PulpError.self) { try Digests().checkTrusted([.sha256], isRequired: true, of: "a/b") }
        #expect(error?.code == .missingDigest)
    }
}

extension SQLConnection {
    /// Makes rows for artifacts that nobody deletes.
    fileprivate func insert(_ descriptions: [ArtifactDescription], at now: Timestamp) throws -> [SHA256Digest: Int64] {
        try insertArtifacts(descriptions, under: .unconditional, at: now)
    }
}
