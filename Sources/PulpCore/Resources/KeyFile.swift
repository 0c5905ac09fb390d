internal import COpenSSL
internal import Foundation
internal import Logging

/// The file with the key of the secrets in a database: 64 hexadecimal digits, mode 0600.
///
/// The first process that opens a database makes it. All others need a copy, so the database knows a text that was encrypted with
/// it: a key that does not fit is refused before anything is written with it.
struct KeyFile: Sendable {
    let path: String

    private static let proof = "pulp"

    /// The key of a database, made when the database has none.
    ///
    /// A process without the file can do all that needs no secrets.
    /// - Throws: ``PulpError`` that names the file when it cannot be read or made, or holds another database's key.
    func box(for database: any Database, logger: Logger) async throws -> SecretBox {
        if let sealed = try await Self.proof(in: database) {
            guard let key = try read() else {
                logger.notice("no key for secrets of remotes", metadata: ["file": "\(path)"])
                return SecretBox(key: nil)
            }
            return try proven(SecretBox(key: key), by: sealed)
        }
        try make()
        guard let key = try read() else { throw PulpError(.systemState, "the key file \(path) has vanished") }
        let box = SecretBox(key: key)
        let sealed = try box.seal(Self.proof)
        _ = try await database.write { db in
            try db.execute("INSERT INTO secret_key (id, proof) VALUES (1, \(sealed)) ON CONFLICT (id) DO NOTHING")
        }
        // Another process may have been first.
        return try proven(box, by: try await Self.proof(in: database) ?? sealed)
    }

    private static func proof(in database: any Database) async throws -> String? {
        try await database.read { db in try db.value("SELECT proof FROM secret_key WHERE id = 1", as: String.self) }
    }

    private func proven(_ box: SecretBox, by sealed: String) throws -> SecretBox {
        do {
            if try box.open(sealed: sealed) == Self.proof { return box }
        } catch {
            // Said below, with the name of the file.
        }
        throw PulpError(
            .systemState,
            "the key file \(path) is not that of this database: copy the one of the process that made the database, or name it by PULP_DB_ENCRYPTION_KEY"
        )
    }

    /// - Returns: nil when there is no such file.
    func read() throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw PulpError(.systemState, "cannot read the key file \(path): \(error.localizedDescription)")
        }
        guard let key = Hex.bytes(text.trimmingCharacters(in: .whitespacesAndNewlines)), key.count == 32 else {
            throw PulpError(.systemState, "the key file \(path) does not hold 64 hexadecimal digits")
        }
        return key
    }

    /// Makes the file with the key of another one, or finds that it has the same.
    /// - Throws: ``PulpError`` with `notFound` when there is no other file, with `conflict` when this one has another key.
    func copy(from other: KeyFile) throws {
        guard let key = try other.read() else { throw PulpError(.notFound, "there is no key file \(other.path)") }
        try make(key)
        guard try read() == key else {
            throw PulpError(.conflict, "the key file \(path) is there already, and is not that of \(other.path)")
        }
    }

    /// Makes the file with a new key when there is none.
    private func make() throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        var key = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&key, 32) == 1 else { throw PulpError(.systemState, "the system gives no random bytes") }
        try make(key)
    }

    /// Makes the file unless there is one; nobody ever sees a part of it.
    private func make(_ key: [UInt8]) throws {
        let temporary = "\(path).\(UUIDv7.make())"
        let descriptor = Foundation.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw PulpError(.systemState, "cannot make the key file \(path): \(String(cString: strerror(errno)))")
        }
        defer { unlink(temporary) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(Hex.string(key).utf8))
        try file.synchronize()
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw PulpError(.systemState, "cannot make the key file \(path): \(String(cString: strerror(errno)))")
        }
    }
}
