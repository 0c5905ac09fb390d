import NIOCore
import PulpCore
import PulpTesting
import Testing

@testable import PulpS3

@Suite struct S3ArtifactStoreTests {
    @Test(arguments: ArtifactStoreConformance.checks)
    func conforms(_ check: ArtifactStoreConformance) async throws {
        try await S3Fixture.with { try await check.run(try $0.store()) }
    }

    @Test(arguments: ArtifactStoreConformance.checks)
    func conformsOnPostgreSQLWithPrefix(_ check: ArtifactStoreConformance) async throws {
        try await S3Fixture.with(.postgreSQL) { fixture in
            try await check.run(try fixture.store { $0.prefix = "/some where/ü&+/" })
        }
    }

    @Test(arguments: ArtifactStoreConformance.checks)
    func conformsWhereTheServerChecksSignatures(_ check: ArtifactStoreConformance) async throws {
        try await S3Fixture.with(signatures: .checked) { try await check.run(try $0.store()) }
    }
}
