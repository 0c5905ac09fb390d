import Foundation
import Logging
import PulpConfiguration
import PulpCore
import Testing

@Suite("An installation")
struct InstallationTests {
    private func load(_ environment: [String: String], file: String? = nil) async throws -> Installation {
        try await Installation.load(file: file, environment: environment)
    }

    /// Runs a body with a YAML file of some text.
    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pulp-\(UUID()).yaml").path
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { unlink(path) }
        try await body(path)
    }

    @Test("has defaults")
    func defaults() async throws {
        let installation = try await load(["PULP_DATA_DIR": "/nowhere/pulp/"])
        #expect(installation.settings.dataDirectory == "/nowhere/pulp")
        #expect(installation.databaseURL == "sqlite:/nowhere/pulp/pulp.sqlite")
        #expect(installation.apiListen.description == "127.0.0.1:24817")
        #expect(installation.contentListen.description == "127.0.0.1:24816")
        #expect(installation.settings.contentOrigin == "http://127.0.0.1:24816")
        #expect(installation.settings.contentPathPrefix == "/pulp/content/")
        #expect(installation.roles == [.api, .content, .worker, .scheduler])
        #expect(installation.logLevel == .info)
        #expect((1...4).contains(installation.eventLoops))
    }

    @Test("is configured by the environment")
    func environment() async throws {
        let installation = try await load([
            "PULP_DATA_DIR": "/nowhere", "PULP_DATABASE_URL": "postgresql://h/n", "PULP_CONTENT_LISTEN": "[::]:80",
            "PULP_API_LISTEN": "*:0", "PULP_CONTENT_PATH_PREFIX": "/c/", "PULP_API_ROOT": "/p/",
            "PULP_ALLOWED_IMPORT_PATHS": "/a, /b/", "PULP_ALLOWED_CONTENT_CHECKSUMS": #"["sha256", "md5"]"#,
            "PULP_ORPHAN_PROTECTION_TIME": "5", "PULP_REMOTE_CONTENT_FETCH_FAILURE_COOLDOWN": "7",
            "PULP_TASK_GRACE_INTERVAL": "9", "PULP_WORKERS": "4", "PULP_EVENT_LOOPS": "3", "PULP_ROLES": "api,worker",
            "PULP_TLS_CERTIFICATE": "c.pem", "PULP_TLS_KEY": "k.pem", "PULP_ADMIN_PASSWORD": "secret",
            "PULP_LOG_LEVEL": "DEBUG", "PULP_MEDIA_ROOT": "/media/", "PULP_REMOTE_MAX_RETRIES": "0",
            "PULP_REMOTE_TOTAL_TIMEOUT": "0", "PULP_REMOTE_SOCK_READ_TIMEOUT": "5", "PULP_REMOTE_PROXY_URL": "http://proxy:3128",
            "PULP_REMOTE_USER_AGENT": "mirror/1", "PULP_REMOTE_MAXIMUM_SIZE": "1000", "PULP_HIDE_GUARDED_DISTRIBUTIONS": "true",
        ])
        #expect(installation.databaseURL == "postgresql://h/n")
        #expect(installation.contentListen.description == "[::]:80")
        #expect(installation.settings.contentOrigin == "https://\(ProcessInfo.processInfo.hostName):80")
        #expect(installation.apiListen.host == "0.0.0.0")
        #expect(installation.settings.apiRoot == "/p/")
        #expect(installation.settings.allowedImportPaths == ["/a", "/b"])
        #expect(installation.settings.allowedContentChecksums == [.sha256, .md5])
        #expect(installation.settings.orphanProtectionTime == .seconds(300))
        #expect(installation.settings.fetchFailureCooldown == .seconds(7))
        #expect(installation.settings.graceInterval == .seconds(9))
        #expect(installation.settings.workers == 4)
        #expect(installation.eventLoops == 3)
        #expect(installation.roles == [.api, .worker])
        #expect(installation.settings.mediaRoot == "/media")
        #expect(installation.settings.hideGuardedDistributions)
        #expect(installation.settings.remoteDefaults.maxRetries == 0)
        #expect(installation.settings.remoteDefaults.totalTimeout == nil)
        #expect(installation.settings.remoteDefaults.socketReadTimeout == .seconds(5))
        #expect(installation.settings.remoteDefaults.proxyURL == "http://proxy:3128")
        #expect(installation.settings.remoteDefaults.userAgent == "mirror/1")
        #expect(installation.settings.remoteDefaults.maximumSize == 1000)
        #expect(installation.unknownNames == [])
        #expect(installation.administratorPassword == "secret")
        #expect(installation.logLevel == .debug)
    }

    @Test("shows no password to who prints or dumps it")
    func dumped() async throws {
        let installation = try await load([
            "PULP_DATABASE_URL": "postgresql://u:hidden1@h/n", "PULP_ADMIN_PASSWORD": "hidden2", "PULP_DATA_DIR": "/nowhere",
        ])
        var text = "\(installation) \(String(reflecting: installation))"
        dump(installation, to: &text)
        #expect(!text.contains("hidden"))
        #expect(text.contains("/nowhere"))
    }

    @Test("names the variables that nothing reads")
    func unknown() async throws {
        let installation = try await load(["PULP_DATA_DIR": "/nowhere", "PULP_WORKER": "3", "PULP_ROLES": "api", "HOME": "/root"])
        #expect(installation.unknownNames == ["PULP_WORKER"])
    }

    @Test("is configured by a file where the environment is silent")
    func file() async throws {
        let text = """
            content_origin: https://pulp.example/
            WORKERS: 3
            allowed_import_paths:
              - /mnt/a
              - /mnt/b
            api_listen: 127.0.0.1:1
            """
        try await withFile(text) { file in
            let installation = try await load(["PULP_API_LISTEN": "127.0.0.1:2", "PULP_SETTINGS": file])
            #expect(installation.settings.contentOrigin == "https://pulp.example")
            #expect(installation.settings.workers == 3)
            #expect(installation.settings.allowedImportPaths == ["/mnt/a", "/mnt/b"])
            #expect(installation.apiListen.port == 2)
        }
    }

    @Test(
        "with a bad value is refused with a line that names it",
        arguments: [
            ("PULP_CONTENT_LISTEN", "here"), ("PULP_API_LISTEN", "127.0.0.1:99999"), ("PULP_WORKERS", "0"), ("PULP_WORKERS", "x"),
            ("PULP_EVENT_LOOPS", "0"), ("PULP_MEDIA_ROOT", "media"), ("PULP_REMOTE_PROXY_URL", "ftp://x"),
            ("PULP_REMOTE_MAX_RETRIES", "-1"), ("PULP_REMOTE_USER_AGENT", "a\r\nb"),
            ("PULP_ROLES", "api,cook"), ("PULP_CONTENT_PATH_PREFIX", "content"), ("PULP_API_ROOT", "/x"),
            ("PULP_CONTENT_ORIGIN", "ftp://x"), ("PULP_CONTENT_ORIGIN", "http://x/y"), ("PULP_ALLOWED_IMPORT_PATHS", "relative"),
            ("PULP_ALLOWED_IMPORT_PATHS", "[1"), ("PULP_ALLOWED_CONTENT_CHECKSUMS", "crc32"),
            ("PULP_ALLOWED_CONTENT_CHECKSUMS", "md5"), ("PULP_ORPHAN_PROTECTION_TIME", "-1"), ("PULP_LOG_LEVEL", "loud"),
            ("PULP_TASK_GRACE_INTERVAL", "soon"), ("PULP_SETTINGS", "/nowhere/pulp.yaml"),
        ])
    func invalid(name: String, value: String) async throws {
        let error = await #expect(throws: PulpError.self) { try await load([name: value]) }
        let message = try #require(error?.message)
        #expect(message.contains(name == "PULP_SETTINGS" ? value : name))
        #expect(!message.contains("\n"))
    }

    @Test("names the file that is not YAML")
    func malformedFile() async throws {
        try await withFile("a: [") { file in
            let error = await #expect(throws: PulpError.self) { try await load([:], file: file) }
            #expect(error?.message.contains(file) == true)
        }
    }
}

@Suite("A data directory")
struct DataDirectoryTests {
    @Test("is its owner's alone, and so is the password in it")
    func permissions() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pulp-\(UUID())/data").path
        defer { do { try FileManager.default.removeItem(atPath: path) } catch {} }
        let directory = try DataDirectory(path)
        let made = try #require(try directory.ensurePassword(nil))
        #expect(made.count == 24)
        #expect(try directory.ensurePassword(nil) == nil)
        func text() -> String? { FileManager.default.contents(atPath: directory.passwordFile).map { String(decoding: $0, as: UTF8.self) } }
        #expect(text() == made + "\n")
        #expect(try DataDirectory(path).ensurePassword("mine") == nil)
        #expect(text() == "mine\n")
        func mode(_ path: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber).intValue
        }
        #expect(try mode(path) == 0o700)
        #expect(try mode(directory.passwordFile) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["admin-password"])
    }
}
