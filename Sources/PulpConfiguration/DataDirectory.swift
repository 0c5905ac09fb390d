import Foundation
import PulpCore

/// The folder in which an ``Installation`` keeps everything of this machine.
public struct DataDirectory: Sendable, Hashable {
    /// The path, as it was given.
    public let path: String

    /// The folder at a path, made for its owner alone when it is not there.
    /// - Throws: ``PulpError`` that names the folder.
    public init(_ path: String) throws {
        self.path = path
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else { throw PulpError(.systemState, "PULP_DATA_DIR: \(path) is not a folder") }
            return
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PulpError(.systemState, "PULP_DATA_DIR: cannot make \(path): \(error)")
        }
    }

    /// Refuses a store that a restore has not brought back wholly: what the database speaks of may not be there.
    /// - Throws: ``PulpError`` that names the folder.
    public func requireWhole() throws {
        guard try RestoreTarget.unfinishedRestore(in: path) != nil else { return }
        throw PulpError(.systemState, "the store in \(path) is not restored wholly: run pulpctl restore again, with the same folder")
    }

    /// Where the administrator's password is kept, readable by its owner alone.
    public var passwordFile: String { path + "/admin-password" }

    /// Sees to it that there is an administrator's password.
    /// - Parameter configured: the one to keep; a random one is made when it is nil and none is kept yet.
    /// - Returns: the password, when it was made just now and nobody knows it yet.
    /// - Throws: ``PulpError`` that names the file.
    public func ensurePassword(_ configured: String?) throws -> String? {
        if let configured {
            if FileManager.default.contents(atPath: passwordFile) != Data((configured + "\n").utf8) { try write(configured, .replacing) }
            return nil
        }
        if FileManager.default.fileExists(atPath: passwordFile) { return nil }
        let password = Self.randomPassword()
        // Another process may have been first, and its password counts.
        return try write(password, .creating) ? password : nil
    }

    /// A password that nobody guesses, of letters and digits that look like no others.
    public static func randomPassword() -> String {
        let letters = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        var random = SystemRandomNumberGenerator()
        return String((0..<24).compactMap { _ in letters.randomElement(using: &random) })
    }

    /// The administrator's password of this machine.
    /// - Throws: ``PulpError`` when there is none yet.
    public func password() throws -> String {
        guard let data = FileManager.default.contents(atPath: passwordFile) else {
            throw PulpError(.systemState, "cannot read \(passwordFile)")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private enum Writing { case creating, replacing }

    @discardableResult
    private func write(_ password: String, _ writing: Writing) throws -> Bool {
        let temporary = "\(passwordFile).\(ProcessInfo.processInfo.processIdentifier)"
        let isWritten = FileManager.default.createFile(
            atPath: temporary, contents: Data((password + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard isWritten else { throw PulpError(.systemState, "cannot write \(passwordFile)") }
        defer { unlink(temporary) }
        switch writing {
        case .replacing:
            guard rename(temporary, passwordFile) == 0 else { throw PulpError(.systemState, "cannot write \(passwordFile)") }
            return true
        case .creating:
            if link(temporary, passwordFile) == 0 { return true }
            guard errno == EEXIST else { throw PulpError(.systemState, "cannot write \(passwordFile)") }
            return false
        }
    }
}
