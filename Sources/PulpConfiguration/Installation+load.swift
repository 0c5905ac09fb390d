import Foundation
public import Logging
import NIOCore
import PulpCore

extension Installation {
    /// Reads what is configured: options first, then the environment, then a YAML file, then defaults.
    /// - Parameters:
    ///   - dataDirectory: overrides `PULP_DATA_DIR`.
    ///   - file: a YAML file to read. Otherwise it is the one that `PULP_SETTINGS` names, or `pulp.yaml` in the data
    ///     directory or in the current one, if there is one.
    ///   - environment: the variables, of which `PULP_…` are read; nil for the process's own.
    ///   - logger: becomes the settings' logger.
    /// - Throws: ``PulpError`` with one line that names the variable or the file.
    public static func load(
        dataDirectory: String? = nil, file: String? = nil,
        environment: [String: String]? = nil, logger: Logger = Logger(label: "pulp")
    ) async throws -> Installation {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let directory = dataDirectory ?? environment["PULP_DATA_DIR"] ?? "./pulp-data"
        let source = try await ConfigurationSource(
            environment: environment, file: try configurationFile(file ?? environment["PULP_SETTINGS"], directory))
        let configured = try await source.text("DATA_DIR")
        var settings = Settings(dataDirectory: absolute(dataDirectory ?? configured ?? directory))
        settings.logger = logger
        let contentListen = try await address("CONTENT_LISTEN", "127.0.0.1:24816", source)
        let certificate = try await certificate(source)
        settings.contentOrigin = "\(certificate == nil ? "http" : "https")://\(contentListen.reachable)"
        try await read(&settings, source)
        var installation = Installation(
            settings: settings,
            databaseURL: try await source.text("DATABASE_URL", isSecret: true)
                ?? "\(sqlite)\(settings.dataDirectory)/pulp.sqlite",
            objectStorage: try await objectStorage(source), apiListen: try await address("API_LISTEN", "127.0.0.1:24817", source),
            contentListen: contentListen, roles: try await roles(source),
            eventLoops: try await count("EVENT_LOOPS", in: 1...64, source) ?? max(1, min(4, System.coreCount / 2)),
            certificate: certificate,
            administratorPassword: try await source.text("ADMIN_PASSWORD", isSecret: true),
            logLevel: try await source.value(
                "LOG_LEVEL", "one of trace, debug, info, notice, warning, error, critical"
            ) { Logger.Level(rawValue: $0.lowercased()) } ?? .info)
        installation.environment = environment
        installation.unknownNames = source.unknownNames
        return installation
    }

    private static func read(_ settings: inout Settings, _ source: ConfigurationSource) async throws {
        func set<Value>(_ path: WritableKeyPath<Settings, Value>, _ value: Value?) {
            if let value { settings[keyPath: path] = value }
        }
        func duration(_ name: String, in unit: Int64) async throws -> Duration? {
            try await source.value(name, "a number of \(unit == 60 ? "minutes" : "seconds"), 0 or more") { text in
                Int64(text).flatMap { (0...1 << 32).contains($0) ? .seconds($0 * unit) : nil }
            }
        }
        set(\.contentOrigin, try await source.value("CONTENT_ORIGIN", "an http or https URL without a path", origin))
        set(\.contentPathPrefix, try await source.value("CONTENT_PATH_PREFIX", slashed, pathPrefix))
        settings.mediaRoot = try await source.value("MEDIA_ROOT", "an absolute path") { (path) -> String? in
            path.hasPrefix("/") ? absolute(path) : nil
        }
        settings.keyFile = try await source.value("DB_ENCRYPTION_KEY", "an absolute path") { (path) -> String? in
            path.hasPrefix("/") ? absolute(path) : nil
        }
        set(\.apiRoot, try await source.value("API_ROOT", slashed, pathPrefix))
        set(\.allowedImportPaths, try await paths("ALLOWED_IMPORT_PATHS", source))
        set(\.allowedContentChecksums, try await checksums(source))
        set(\.orphanProtectionTime, try await duration("ORPHAN_PROTECTION_TIME", in: 60))
        set(\.fetchFailureCooldown, try await duration("REMOTE_CONTENT_FETCH_FAILURE_COOLDOWN", in: 1))
        set(\.graceInterval, try await duration("TASK_GRACE_INTERVAL", in: 1))
        set(\.workerLifetime, try await count("WORKER_TTL", in: 1...86_400, source).map { .seconds($0) })
        set(\.allowPrivateRemotes, try await source.value("ALLOW_PRIVATE_REMOTES", "true or false", boolean))
        set(\.hideGuardedDistributions, try await source.value("HIDE_GUARDED_DISTRIBUTIONS", "true or false", boolean))
        set(\.testTasks, try await source.value("TEST_TASKS", "true or false", boolean))
        set(\.workers, try await count("WORKERS", in: 1...256, source))
        set(\.remoteDefaults.downloadConcurrency, try await count("REMOTE_DOWNLOAD_CONCURRENCY", in: 1...1000, source))
        set(\.remoteDefaults.maxRetries, try await count("REMOTE_MAX_RETRIES", in: 0...1000, source))
        set(\.remoteDefaults.totalTimeout, try await duration("REMOTE_TOTAL_TIMEOUT", in: 1).map { $0 > .zero ? $0 : nil })
        set(\.remoteDefaults.connectTimeout, try await duration("REMOTE_CONNECT_TIMEOUT", in: 1))
        set(\.remoteDefaults.socketConnectTimeout, try await duration("REMOTE_SOCK_CONNECT_TIMEOUT", in: 1))
        set(\.remoteDefaults.socketReadTimeout, try await duration("REMOTE_SOCK_READ_TIMEOUT", in: 1))
        set(\.remoteDefaults.userAgent, try await source.value("REMOTE_USER_AGENT", "a line of text", userAgent))
        set(\.remoteDefaults.maximumSize, try await count("REMOTE_MAXIMUM_SIZE", in: 1...Int.max, source).map(Int64.init))
        if let proxy = try await source.text("REMOTE_PROXY_URL", isSecret: true) {
            do { try RemoteURL.checkProxy(proxy) } catch { throw PulpError(.invalid, "PULP_REMOTE_PROXY_URL: \(error.message)") }
            settings.remoteDefaults.proxyURL = proxy
        }
    }

    static func count(_ name: String, in range: ClosedRange<Int>, _ source: ConfigurationSource) async throws -> Int? {
        try await source.value(name, "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private static func userAgent(_ text: String) -> String? {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text : nil
    }

    private static let slashed = "a path that begins and ends with a slash"

    private static func configurationFile(_ named: String?, _ directory: String) throws -> String? {
        if let named {
            guard FileManager.default.isReadableFile(atPath: named) else {
                throw PulpError(.invalid, "\(named): the configuration file cannot be read")
            }
            return named
        }
        return ["\(directory)/pulp.yaml", "pulp.yaml"].first { FileManager.default.isReadableFile(atPath: $0) }
    }

    private static func absolute(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.path(percentEncoded: false).droppingTrailingSlashes
    }

    private static func address(
        _ name: String, _ standard: String, _ source: ConfigurationSource
    ) async throws -> ListenAddress {
        let address = try await source.value(name, "an address such as \(standard)") { ListenAddress($0) }
        guard let address = address ?? ListenAddress(standard) else { preconditionFailure("\(standard) is no address") }
        return address
    }

    private static func roles(_ source: ConfigurationSource) async throws -> Set<Role> {
        guard let names = try await source.list("ROLES") else { return Set(Role.allCases) }
        return try names.reduce(into: []) { roles, name in
            guard let role = Role(rawValue: name.lowercased()) else {
                let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw PulpError(.invalid, "PULP_ROLES: \"\(name)\" is not one of \(known)")
            }
            roles.insert(role)
        }
    }

    private static func certificate(_ source: ConfigurationSource) async throws -> Certificate? {
        switch (try await source.text("TLS_CERTIFICATE"), try await source.text("TLS_KEY")) {
        case (nil, nil): nil
        case (let certificate?, let key?): Certificate(certificate: certificate, key: key)
        case (_?, nil): throw PulpError(.invalid, "PULP_TLS_KEY: a certificate needs its key")
        case (nil, _?): throw PulpError(.invalid, "PULP_TLS_CERTIFICATE: a key needs its certificate")
        }
    }

    private static func checksums(_ source: ConfigurationSource) async throws -> Set<DigestAlgorithm>? {
        guard let names = try await source.list("ALLOWED_CONTENT_CHECKSUMS") else { return nil }
        let algorithms = try names.map { name in
            guard let algorithm = DigestAlgorithm(rawValue: name.lowercased()) else {
                let known = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
                throw PulpError(.invalid, "PULP_ALLOWED_CONTENT_CHECKSUMS: \"\(name)\" is not one of \(known)")
            }
            return algorithm
        }
        guard algorithms.contains(.sha256) else {
            throw PulpError(.invalid, "PULP_ALLOWED_CONTENT_CHECKSUMS: sha256 must be among them")
        }
        return Set(algorithms)
    }

    private static func paths(_ name: String, _ source: ConfigurationSource) async throws -> [String]? {
        try await source.list(name)?.map { path in
            guard path.hasPrefix("/") else { throw PulpError(.invalid, "PULP_\(name): \"\(path)\" is not an absolute path") }
            return absolute(path)
        }
    }

    private static func origin(_ text: String) -> String? {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            url.host?.isEmpty == false, ["", "/"].contains(url.path), url.query == nil, url.user == nil
        else { return nil }
        return text.droppingTrailingSlashes
    }

    private static func pathPrefix(_ text: String) -> String? {
        guard text.hasPrefix("/"), text.hasSuffix("/"), !text.contains("//"), !text.contains("?"), !text.contains("#") else {
            return nil
        }
        return text
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }
}

extension String {
    fileprivate var droppingTrailingSlashes: String {
        var text = self
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
