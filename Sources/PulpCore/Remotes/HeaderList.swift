/// Request headers, in order; a list of one-member objects in JSON.
public struct HeaderList: Sendable, Hashable, FieldValue {
    /// The headers in the order in which they are sent; a name may come more than once.
    public var headers: [Header] = []

    /// One header.
    public struct Header: Sendable, Hashable {
        /// The name, as it is sent.
        public let name: String
        /// The value, as it is sent.
        public let value: String
        /// A header, unchecked.
        public init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    /// These headers, unchecked; none by default.
    public init(_ headers: [Header] = []) { self.headers = headers }

    /// A list of objects.
    public static var fieldType: FieldType { .list(.json) }

    /// A list with one object for each header.
    public var json: JSON { .array(headers.map { .object([$0.name: .string($0.value)]) }) }

    /// Takes a list of objects, each of whose members is a header, or null for none.
    /// - Throws: ``InvalidField`` when a name or a value could not stand in a request.
    public init(json: JSON) throws(InvalidField) {
        if case .null = json { return }
        guard case .array(let elements) = json else { throw InvalidField("Expected a list of items.") }
        for element in elements {
            guard case .object(let object) = element else { throw InvalidField("Expected a dictionary of items.") }
            for member in object {
                let value = try String(json: member.value)
                guard Self.isToken(member.name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                    throw InvalidField("The header \(member.name.debugDescription) is not valid.")
                }
                headers.append(Header(name: member.name, value: value))
            }
        }
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Self.delimiters.contains($0) }
    }

    private static let delimiters = Array(#""(),/:;<=>?@[\]{}"#.utf8)

    /// The list as JSON text.
    public var sql: SQLValue { json.sql }

    /// Reads a list from JSON text.
    /// - Throws: ``UnexpectedSQLValue`` when the column holds something else.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        do { try self.init(json: try JSON(sql: sql)) } catch let error as UnexpectedSQLValue { throw error } catch {
            throw UnexpectedSQLValue(sql, expected: "headers")
        }
    }
}
