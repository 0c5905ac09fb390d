internal import Foundation

/// What a backup says of itself.
///
/// Its file `backup.json` is written last: a folder without it holds no backup.
public struct BackupManifest: Codable, Hashable, Sendable {
    /// The layout of a backup that this program writes and reads.
    static let currentFormat = 1
    static let fileName = "backup.json"

    /// The layout of the folder.
    public let format: Int
    /// Its own, so that one backup can be told from another.
    public let id: String
    /// When the database was copied, in RFC 3339.
    public let created: String
    /// The version of the program that made it.
    public let version: String
    /// The copy of the database.
    public let database: Database
    /// The bytes of artifacts; nil when they were left out.
    public let artifacts: Artifacts?
    /// How many chunks of unfinished uploads there are.
    public let chunks: Int
    /// Whether the key of the secrets is there.
    public let hasKey: Bool

    /// The copy of a database.
    public struct Database: Codable, Hashable, Sendable {
        /// Which databases can read it: `sqlite`, `postgresql`.
        public let kind: String
        /// The file's name in the folder.
        public let file: String
        /// In bytes.
        public let size: Int64
        /// The digest of the file, in hexadecimal digits.
        public let sha256: String
        /// How many steps made the layout of the core's tables.
        public let layout: Int
    }

    /// The artifacts of a backup.
    public struct Artifacts: Codable, Hashable, Sendable {
        /// How many there are.
        public let count: Int
        /// How many bytes they have.
        public let bytes: Int64
        /// Digests of those that the store did not have when the backup was made.
        public let missing: [String]
        /// Digests of those whose bytes were damaged in the store, and are not in the backup.
        public let damaged: [String]
    }

    /// Reads that of the backup in a folder.
    /// - Throws: ``PulpError`` when there is none, or one that this program does not understand.
    public init(in directory: String) throws { try self.init(at: "\(directory)/\(Self.fileName)") }

    /// Reads what stands in a file; nothing of it is believed before it was looked at.
    /// - Throws: ``PulpError`` that names the file.
    init(at path: String) throws {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw PulpError(.notFound, "there is no backup: \(path) cannot be read")
        }
        struct Format: Decodable { let format: Int }
        do {
            let format = try JSONDecoder().decode(Format.self, from: data).format
            guard format == Self.currentFormat else {
                throw PulpError(
                    .invalid, "\(path): the backup has the format \(format), and this program knows format \(Self.currentFormat)")
            }
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch let error as DecodingError {
            throw PulpError(.invalid, "\(path) does not describe a backup: \(error.inOneLine)")
        }
        guard Self.isDatabaseFile(database.file), !id.isEmpty, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw PulpError(.invalid, "\(path) names the file \(database.file.debugDescription), which is no copy of a database")
        }
    }

    init(id: String, created: Timestamp, database: Database, artifacts: Artifacts?, chunks: Int, hasKey: Bool) {
        (format, self.id, self.created, version) = (Self.currentFormat, id, "\(created)", Pulp.version)
        (self.database, self.artifacts, self.chunks, self.hasKey) = (database, artifacts, chunks, hasKey)
    }

    /// The name of a new copy; one that is there is never written over.
    static func databaseFile(id: String, kind: String) -> String { "database-\(id).\(kind)" }

    /// Whether a name may be that of a copy of the database.
    static func isDatabaseFile(_ name: String) -> Bool {
        name.hasPrefix("database-") && name.utf8.count < 256 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// The file's text.
    var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        }
    }
}

extension DecodingError {
    fileprivate var inOneLine: String {
        switch self {
        case .keyNotFound(let key, _): "it has no \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is not what it must be"
        default: "it is no JSON"
        }
    }
}
