import AsyncHTTPClient
import NIOCore
import PulpCore
import PulpTesting
import Synchronization
import Testing

@testable import PulpS3

@Suite("Credentials")
struct CredentialsTests {
    private static let fixed = S3Credentials(accessKeyID: "A", secretAccessKey: "S")

    private func find(
        explicit: S3Credentials? = nil, _ environment: [String: String], _ files: [String: String] = [:]
    ) throws -> CredentialSource {
        try CredentialSource.find(explicit: explicit, environment: environment) { files[$0] }
    }

    @Test("explicit ones win, then the environment, the shared file, the container, the instance")
    func order() throws {
        let file = ["/home/u/.aws/credentials": "[default]\naws_access_key_id = F\naws_secret_access_key=FS\n"]
        var environment = [
            "HOME": "/home/u", "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES", "AWS_SESSION_TOKEN": "ET",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://imds/",
        ]
        #expect(try find(explicit: Self.fixed, environment, file) == .fixed(Self.fixed))
        #expect(
            try find(environment, file) == .fixed(S3Credentials(accessKeyID: "E", secretAccessKey: "ES", sessionToken: "ET")))
        environment["AWS_ACCESS_KEY_ID"] = nil
        #expect(try find(environment, file) == .fixed(S3Credentials(accessKeyID: "F", secretAccessKey: "FS")))
        #expect(try find(environment) == .role(.container(url: "http://169.254.170.2/v2/x", authorization: nil)))
        environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = nil
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/creds"
        environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token"
        #expect(
            try find(environment, ["/token": "secret\n"]) == .role(.container(url: "http://127.0.0.1/creds", authorization: "secret")))
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = nil
        #expect(try find(environment) == .role(.instance(endpoint: "http://imds")))
        #expect(try find([:]) == .role(.instance(endpoint: "http://169.254.169.254")))
    }

    @Test("a profile of the shared file is found by its name")
    func profile() throws {
        let text =
            "# comment\n[default]\naws_access_key_id=D\naws_secret_access_key=DS\n\n[ other ]\nregion = x\n"
            + "AWS_ACCESS_KEY_ID = O\naws_secret_access_key = O=S/+\naws_session_token = T\n"
        let environment = ["AWS_SHARED_CREDENTIALS_FILE": "/f", "AWS_PROFILE": "other"]
        #expect(
            try find(environment, ["/f": text]) == .fixed(S3Credentials(accessKeyID: "O", secretAccessKey: "O=S/+", sessionToken: "T")))
    }

    @Test(
        "what is set and cannot be used is named",
        arguments: [
            (["AWS_ACCESS_KEY_ID": "A"], "AWS_SECRET_ACCESS_KEY"), (["AWS_SHARED_CREDENTIALS_FILE": "/nowhere"], "/nowhere"),
            (["AWS_SHARED_CREDENTIALS_FILE": "/f", "AWS_PROFILE": "missing"], "missing"),
            (["AWS_SHARED_CREDENTIALS_FILE": "/f", "AWS_PROFILE": "half"], "aws_secret_access_key"),
            (["AWS_EC2_METADATA_DISABLED": "true"], "PULP_AWS_ACCESS_KEY_ID"),
        ])
    func unusable(environment: [String: String], name: String) {
        let error = #expect(throws: PulpError.self) {
            _ = try find(environment, ["/f": "[half]\naws_access_key_id=TOPSECRET\n"])
        }
        #expect(error?.message.contains(name) == true && error?.message.contains("TOPSECRET") == false)
    }

    private static func answer(_ key: String, _ end: Timestamp?) -> FakeAnswer {
        let expiration = end.map { "\"Expiration\": \"\($0)\"," } ?? ""
        return .page("{\(expiration)\"AccessKeyId\": \"\(key)\", \"SecretAccessKey\": \"S\", \"Token\": \"T\"}")
    }

    @Test("an instance's role is asked for with a session token, and again before its credentials end, once for all who wait")
    func instance() async throws {
        try await withFakeRemote { fake in
            let start = Timestamp(year: 2026, month: 11, day: 21)
            let now = Mutex(start)
            let folder = "/latest/meta-data/iam/security-credentials/"
            fake.answer("/latest/api/token", with: .page("session"))
            fake.answer(folder, with: .page("role\n"))
            fake.answer(
                folder + "role", with: Self.answer("1", start + .seconds(3600)), Self.answer("2", start + .seconds(7200)), .status(500))
            let cache = CredentialCache(
                .role(.instance(endpoint: String(fake.url.dropLast()))), http: .shared, now: { now.withLock { $0 } })
            try await withThrowingTaskGroup(of: S3Credentials.self) { group in
                for _ in 0..<8 { group.addTask { try await cache.credentials() } }
                for try await credentials in group { #expect(credentials.accessKeyID == "1" && credentials.sessionToken == "T") }
            }
            #expect(fake.count(of: folder + "role") == 1)
            let token = try #require(fake.requests(for: "/latest/api/token").first)
            #expect(token.method == "PUT" && token.header("X-aws-ec2-metadata-token-ttl-seconds") != nil)
            #expect(fake.requests(for: folder + "role").first?.header("X-aws-ec2-metadata-token") == "session")
            now.withLock { $0 = start + .seconds(3400) }
            #expect(try await cache.credentials().accessKeyID == "2")
            // The service is away: what has not ended yet is used.
            now.withLock { $0 = start + .seconds(7000) }
            #expect(try await cache.credentials().accessKeyID == "2")
            now.withLock { $0 = start + .seconds(7300) }
            await #expect(throws: PulpError.self) { _ = try await cache.credentials() }
        }
    }

    @Test("a container's role is asked for with its token")
    func container() async throws {
        try await withFakeRemote { fake in
            fake.answer("/creds", with: Self.answer("C", nil))
            let cache = CredentialCache(
                .role(.container(url: fake.url(of: "/creds"), authorization: "secret")), http: .shared, now: { .now })
            let first = try await cache.credentials()
            #expect(first.accessKeyID == "C")
            #expect(try await cache.credentials() == first)
            #expect(fake.requests.map { $0.header("Authorization") } == ["secret"])
        }
    }

    @Test("an answer without credentials is refused, and not quoted")
    func nonsense() {
        let error = #expect(throws: PulpError.self) {
            _ = try RoleCredentials.parse(ByteBuffer(string: "{\"SecretAccessKey\": \"TOPSECRET\"}"), from: "http://imds/role")
        }
        #expect(error?.message.contains("http://imds/role") == true && error?.message.contains("TOPSECRET") == false)
    }

    @Test("temporary credentials that the store refuses as expired are fetched anew, once; their token is signed")
    func expired() async throws {
        try await S3Fixture.with { fixture in
            try await withFakeRemote { fake in
                fake.answer("/creds", with: Self.answer("old", nil), Self.answer("new", nil))
                fake.answerOthers { request in
                    guard request.header("Authorization")?.contains("Credential=new/") == true else {
                        return .page("<Error><Code>ExpiredToken</Code></Error>", status: 400)
                    }
                    return FakeAnswer(headers: [("x-amz-security", request.header("x-amz-security-token") ?? "")])
                }
                var configuration = fixture.configuration(at: String(fake.url.dropLast()))
                configuration.credentials = nil
                let store = try S3ArtifactStore(
                    configuration, staging: fixture.folder.path + "/s", gate: DatabaseCommitGate(fixture.database),
                    environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": fake.url(of: "/creds")], logger: S3Fixture.silent,
                    time: S3Fixture.time)
                let description = try await store.add(ByteBuffer(string: "abc"))
                let puts = fake.requests.filter { $0.method == "PUT" }
                #expect(puts.count == 2 && puts.allSatisfy { $0.header("x-amz-security-token") == "T" })
                #expect(puts[1].header("Authorization")?.contains("x-amz-security-token") == true)
                let url = try await store.url(of: description.sha256, for: DirectRequest(isHead: false, filename: "f", contentType: "t"))
                #expect(url?.contains("X-Amz-Security-Token=T") == true)
            }
        }
    }
}
