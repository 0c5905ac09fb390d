import Foundation
import Logging
import NIOCore
import PulpCore
import PulpTesting

@testable import PulpS3

/// A store in a bucket of its own, on a database of its own.
struct S3Fixture: Sendable {
    let database: any Database
    let folder: TemporaryDirectory
    let bucket: TemporaryBucket

    static func with(
        _ kind: DatabaseKind = .sqlite, signatures: TemporaryBucket.Signatures = .ignored,
        _ body: (S3Fixture) async throws -> Void
    ) async throws {
        try await TemporaryBucket.with(signatures: signatures) { bucket in
            try await kind.withDatabase { database in
                try await database.migrate(Migrations.core, family: "core")
                try await TemporaryDirectory.with { folder in
                    try await body(S3Fixture(database: database, folder: folder, bucket: bucket))
                }
            }
        }
    }

    /// What speaks to the bucket, through something else where an endpoint is given.
    func configuration(at endpoint: String? = nil) -> S3Configuration {
        var configuration = S3Configuration(bucket: bucket.name)
        configuration.endpoint = endpoint ?? bucket.endpoint
        configuration.credentials = S3Credentials(accessKeyID: bucket.accessKeyID, secretAccessKey: bucket.secretAccessKey)
        configuration.partSize = PartPlan.smallestPart
        return configuration
    }

    func store(
        at endpoint: String? = nil, _ change: (inout S3Configuration) -> Void = { _ in }
    ) throws -> S3ArtifactStore {
        var configuration = configuration(at: endpoint)
        change(&configuration)
        return try S3ArtifactStore(
            configuration, staging: folder.path + "/staging", gate: DatabaseCommitGate(database), environment: [:],
            logger: Self.silent, time: Self.time)
    }

    static let silent = Logger(label: "pulp.test", factory: { _ in SwiftLogNoOpLogHandler() })
    /// Nobody waits between attempts.
    static let time = DownloadTime(now: { .now }, sleep: { _ in await Task.yield() }, jitter: { 0 })

    /// Some bytes that are different everywhere.
    static func pattern(_ count: Int) -> ByteBuffer {
        var random = SplitMix(seed: UInt64(count))
        var buffer = ByteBuffer()
        let block = (0..<512).map { _ in random.next() }.flatMap { withUnsafeBytes(of: $0, Array.init) }
        while buffer.readableBytes < count {
            buffer.writeInteger(random.next())
            buffer.writeBytes(block)
        }
        return buffer.getSlice(at: buffer.readerIndex, length: count) ?? ByteBuffer()
    }
}

extension ArtifactStore {
    /// Stages and commits bytes.
    func add(_ bytes: ByteBuffer) async throws -> ArtifactDescription {
        let (staged, description) = try await staged(bytes)
        try await commit([staged])
        return description
    }

    func staged(_ bytes: ByteBuffer) async throws -> (any StagedArtifact, ArtifactDescription) {
        let staged = try await stage([])
        try await staged.write(bytes)
        return (staged, try await staged.finish())
    }
}
