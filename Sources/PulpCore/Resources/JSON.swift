/// A JSON value (RFC 8259). Objects keep the order of their members.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(Object)

    /// The members of a JSON object, in order.
    public struct Object: Sendable, Hashable, Sequence, ExpressibleByDictionaryLiteral {
        public private(set) var members: [(name: String, value: JSON)] = []

        public init() {}

        /// - Precondition: the names differ.
        public init(dictionaryLiteral elements: (String, JSON)...) {
            members = elements.map { (name: $0, value: $1) }
        }

        public init(_ members: some Sequence<(name: String, value: JSON)>) {
            for member in members { self[member.name] = member.value }
        }

        public var names: [String] { members.map(\.name) }
        public var isEmpty: Bool { members.isEmpty }
        public func makeIterator() -> IndexingIterator<[(name: String, value: JSON)]> { members.makeIterator() }

        /// The value of a member. Setting nil removes it; a new one goes to the end.
        public subscript(name: String) -> JSON? {
            get { members.first { $0.name == name }?.value }
            set {
                let index = members.firstIndex { $0.name == name }
                switch (index, newValue) {
                case (let index?, let value?): members[index].value = value
                case (let index?, nil): members.remove(at: index)
                case (nil, let value?): members.append((name, value))
                case (nil, nil): break
                }
            }
        }

        public static func == (left: Self, right: Self) -> Bool {
            left.members.count == right.members.count && left.allSatisfy { right[$0.name] == $0.value }
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(Set(names))
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Object(elements.map { (name: $0, value: $1) }))
    }
}

extension JSON {
    /// The member of an object; nil for anything else.
    public subscript(name: String) -> JSON? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    /// The text of a string; nil for anything else.
    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value as JSON text, on one line.
    public var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }
}

extension JSONWriter {
    /// Writes a whole value.
    public mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .bool(let flag): boolean(flag)
        case .integer(let number): integer(number)
        case .number(let number): real(number)
        case .string(let text): string(text)
        case .array(let elements): array(elements) { $0.value($1) }
        case .object(let object):
            self.object { writer in
                for member in object { writer.member(member.name) { $0.value(member.value) } }
            }
        }
    }
}
