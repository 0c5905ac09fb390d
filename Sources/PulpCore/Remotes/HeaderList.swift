/// Request headers, in order; a list of one-member objects in JSON.
public struct HeaderList: Sendable, Hashable, FieldValue {
    public var headers: [Header] = []

    public struct Header: Sendable, Hashable {
        public let name: String
        public let value: String
        public init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    public init(_ headers: [Header] = []) { self.headers = headers }

    public static var fieldType: FieldType { .json }

    public var json: JSON { .array(headers.map { .object([$0.name: .string($0.value)]) }) }

    public init(json: JSON) throws(InvalidField) {
        if case .null = json { return }
        guard case .array(let elements) = json else { throw InvalidField("Expected a list of items.") }
        for element in elements {
            guard case .object(let object) = element else { throw InvalidField("Expected a dictionary of items.") }
            for member in object {
                let value = try String(json: member.value)
                let isToken = !member.name.isEmpty && member.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
                guard isToken, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                    throw InvalidField("The header \(member.name.debugDescription) is not valid.")
                }
                headers.append(Header(name: member.name, value: value))
            }
        }
    }

    public var sql: SQLValue { json.sql }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        do { try self.init(json: try JSON(sql: sql)) } catch let error as UnexpectedSQLValue { throw error } catch {
            throw UnexpectedSQLValue(sql, expected: "headers")
        }
    }
}
