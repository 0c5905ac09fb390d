import Foundation
import Logging
import NIOCore
import PulpCore
import PulpS3
import PulpTesting
import Testing

@testable import PulpConfiguration

@Suite("The configuration of object storage")
struct ObjectStorageTests {
    private func load(_ environment: [String: String]) async throws -> Installation {
        try await Installation.load(
            environment: ["PULP_DATA_DIR": "/nowhere"].merging(environment) { $1 },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private static let all = [
        "PULP_STORAGE": "s3", "PULP_AWS_STORAGE_BUCKET_NAME": "bucket", "PULP_AWS_S3_ENDPOINT_URL": "https://minio:9000",
        "PULP_AWS_S3_REGION_NAME": "eu-north-1", "PULP_AWS_ACCESS_KEY_ID": "key", "PULP_AWS_SECRET_ACCESS_KEY": "hidden",
        "PULP_AWS_SESSION_TOKEN": "hidden too", "PULP_AWS_LOCATION": "media/pulp", "PULP_AWS_S3_ADDRESSING_STYLE": "Virtual",
        "PULP_AWS_QUERYSTRING_EXPIRE": "60", "PULP_REDIRECT_TO_OBJECT_STORAGE": "false",
    ]

    @Test("is none by default, and files are kept")
    func none() async throws {
        #expect(try await load([:]).objectStorage == nil)
        #expect(try await load(Self.all.merging(["PULP_STORAGE": "local"]) { $1 }).objectStorage == nil)
    }

    @Test("has Amazon's defaults")
    func defaults() async throws {
        let storage = try #require(try await load(["PULP_STORAGE": "S3", "PULP_AWS_STORAGE_BUCKET_NAME": "b"]).objectStorage)
        #expect(storage.endpoint == nil && storage.region == "us-east-1" && storage.addressing == .auto && storage.prefix == "")
        #expect(storage.credentials == nil && storage.redirects && storage.urlLifetime == .seconds(3600))
    }

    @Test("is read from the environment, and shows no secret")
    func all() async throws {
        let installation = try await load(Self.all)
        let storage = try #require(installation.objectStorage)
        #expect(storage.bucket == "bucket" && storage.endpoint == "https://minio:9000" && storage.region == "eu-north-1")
        #expect(storage.credentials == S3Credentials(accessKeyID: "key", secretAccessKey: "hidden", sessionToken: "hidden too"))
        #expect(storage.prefix == "media/pulp" && storage.addressing == .virtual && storage.urlLifetime == .seconds(60))
        #expect(!storage.redirects)
        #expect(installation.unknownNames == [])
        for text in ["\(installation)", "\(storage)", String(reflecting: storage)] { #expect(!text.contains("hidden")) }
    }

    @Test(
        "names what is wrong",
        arguments: [
            (["PULP_STORAGE": "tape"], "PULP_STORAGE"), (["PULP_STORAGE": "s3"], "PULP_AWS_STORAGE_BUCKET_NAME"),
            (["PULP_AWS_ACCESS_KEY_ID": "a"], "PULP_AWS_SECRET_ACCESS_KEY"),
            (["PULP_AWS_SECRET_ACCESS_KEY": "a"], "PULP_AWS_ACCESS_KEY_ID"),
            (["PULP_AWS_S3_ADDRESSING_STYLE": "x"], "PULP_AWS_S3_ADDRESSING_STYLE"),
            (["PULP_AWS_QUERYSTRING_EXPIRE": "604801"], "PULP_AWS_QUERYSTRING_EXPIRE"),
            (["PULP_REDIRECT_TO_OBJECT_STORAGE": "x"], "PULP_REDIRECT_TO_OBJECT_STORAGE"),
            (["PULP_AWS_S3_CA_FILE": "/nowhere/ca.pem"], "/nowhere/ca.pem"),
        ])
    func wrong(environment: [String: String], name: String) async {
        let error = await #expect(throws: PulpError.self) { _ = try await load(environment) }
        #expect(error?.message.contains(name) == true)
    }

    @Test("opens a Pulp whose artifacts are objects", arguments: DatabaseKind.allCases)
    func opens(kind: DatabaseKind) async throws {
        try await TemporaryBucket.with { bucket in
            try await kind.withTemporaryDatabase { database in
                try await TemporaryDirectory.with { folder in
                    var environment = [
                        "PULP_DATA_DIR": folder.path, "PULP_STORAGE": "s3", "PULP_AWS_STORAGE_BUCKET_NAME": bucket.name,
                        "PULP_AWS_S3_ENDPOINT_URL": bucket.endpoint, "AWS_ACCESS_KEY_ID": bucket.accessKeyID,
                        "AWS_SECRET_ACCESS_KEY": bucket.secretAccessKey,
                    ]
                    environment["PULP_DATABASE_URL"] = database.url
                    let pulp = try await load(environment).open(plugins: [])
                    let artifact = try await pulp.artifacts.add(ByteBuffer(string: "abc"))
                    #expect(pulp.store.localPath(of: artifact.sha256) == nil)
                    #expect(try await pulp.store.size(of: artifact.sha256) == 3)
                    try await pulp.close()
                }
            }
        }
    }
}
