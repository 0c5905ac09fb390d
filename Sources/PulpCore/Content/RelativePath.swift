/// A path below a root, and the only way from a remote's or a user's text to a path.
///
/// It cannot hold an absolute path, an empty, `.` or `..` segment, a control character, a backslash, `?` or `#`, a segment of
/// more than 255 bytes, or more than 4096 bytes. Its bytes are kept as they came: two spellings of one letter (Unicode NFC and
/// NFD) are two paths.
public struct RelativePath: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The path as it came.
    public let description: String

    /// Takes a path as it is; nothing is normalized away.
    /// - Throws: ``InvalidPath``, which quotes the path and says what is wrong.
    public init(_ text: String) throws(InvalidPath) {
        guard !text.isEmpty else { throw InvalidPath(text, "it is empty") }
        guard text.utf8.count <= 4096 else { throw InvalidPath(text, "it is longer than 4096 bytes") }
        guard text.utf8.first != UInt8(ascii: "/") else { throw InvalidPath(text, "it is absolute") }
        for byte in text.utf8 {
            switch byte {
            case 0x00...0x1F, 0x7F: throw InvalidPath(text, "it has a control character")
            case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "#"):
                throw InvalidPath(text, "it has the character \"\(Character(Unicode.Scalar(byte)))\"")
            default: break
            }
        }
        for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if segment.isEmpty { throw InvalidPath(text, "it has an empty segment") }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
                throw InvalidPath(text, "it has the segment \"\(String(decoding: segment, as: UTF8.self))\"")
            }
            if segment.count > 255 { throw InvalidPath(text, "it has a segment of more than 255 bytes") }
        }
        description = text
    }

    private init(unchecked text: String) { description = text }

    /// Stands for a path that is not known yet, in a value with every field at its default.
    public static let placeholder = RelativePath(unchecked: "-")

    /// The segments, from the root.
    public var segments: [Substring] { description.pathSegments() }

    /// The last segment.
    public var name: String { String(segments.last ?? "") }

    /// Bytes make paths equal: `String` would take two Unicode spellings of one letter for the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    /// Hashes the bytes, as they make paths equal.
    public func hash(into hasher: inout Hasher) {
        var text = description
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Bytes order paths, as both databases order them.
    public static func < (left: Self, right: Self) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

/// A text is no ``RelativePath``.
public struct InvalidPath: Error, Hashable, CustomStringConvertible {
    /// The text, cut to a length that is fit for a message.
    public let path: String
    /// What is wrong with the text.
    public let problem: String

    init(_ path: String, _ problem: String) {
        self.path = path.utf8.count > 200 ? String(path.prefix(200)) + "…" : path
        self.problem = problem
    }

    /// The text, and what is wrong with it.
    public var description: String { "the path \(path.debugDescription) is not allowed: \(problem)" }
}

extension RelativePath: FieldValue {
    /// Text.
    public static var fieldType: FieldType { .text }
    /// The path as a JSON string.
    public var json: JSON { .string(description) }

    /// Takes a string that is a relative path.
    public init(json: JSON) throws(InvalidField) {
        let text = try String(json: json)
        do { try self.init(text) } catch { throw InvalidField("\(error)") }
    }

    /// The path as text.
    public var sql: SQLValue { .text(description) }

    /// Reads a path.
    /// - Throws: ``UnexpectedSQLValue`` when the column holds something else.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        do { try self.init(try String(sql: sql)) } catch let error as UnexpectedSQLValue { throw error } catch {
            throw UnexpectedSQLValue(sql, expected: "relative path")
        }
    }
}
