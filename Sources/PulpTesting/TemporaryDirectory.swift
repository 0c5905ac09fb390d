public import Foundation

/// A folder for one test, gone with everything in it when the scope ends.
///
/// ```swift
/// try await TemporaryDirectory.with { folder in
///     try Data().write(to: folder.url.appending(path: "a"))
/// }
/// ```
public struct TemporaryDirectory: Sendable {
    /// The absolute path, without a slash at its end.
    public let path: String
    /// The same as a URL.
    public var url: URL { URL(filePath: path, directoryHint: .isDirectory) }

    /// Makes a folder that only this user can enter, below `$TMPDIR` or `/tmp`, which whoever makes it this way removes.
    public init() throws {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        path = "\(parent)/pulp-test-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    /// Removes the folder and everything in it.
    public func remove() throws {
        // A store whose last reference goes in this moment removes its own files below the folder, each of which may be the one that
        // was to be removed next: what is left goes with another attempt.
        for _ in 0..<1000 {
            do { return try FileManager.default.removeItem(atPath: path) } catch {
                if !FileManager.default.fileExists(atPath: path) { return }
            }
        }
        try FileManager.default.removeItem(atPath: path)
    }

    /// Makes a folder, runs a body with it, and removes it however the body ends.
    public static func with<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryDirectory) async throws -> Value
    ) async throws -> Value {
        let folder = try TemporaryDirectory()
        do {
            let value = try await body(folder)
            try folder.remove()
            return value
        } catch {
            // The body's error says more than a folder that is gone already.
            try? folder.remove()
            throw error
        }
    }
}
