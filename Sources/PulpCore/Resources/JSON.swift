/// A JSON value (RFC 8259), whose objects keep their members in the order that they were given.
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
        /// The members, whose names all differ.
        public private(set) var members: [(name: String, value: JSON)] = []

        /// An object without members.
        public init() {}

        /// - Precondition: the names differ.
        public init(dictionaryLiteral elements: (String, JSON)...) {
            members = elements.map { (name: $0, value: $1) }
        }

        /// An object with these members; the last of several with one name wins, in the place of the first.
        public init(_ members: some Sequence<(name: String, value: JSON)>) {
            for member in members { self[member.name] = member.value }
        }

        /// An object with these members, which are not looked through for names that come twice.
        /// - Precondition: the names differ.
        public init(distinct members: [(name: String, value: JSON)]) { self.members = members }

        /// The names, in order.
        public var names: [String] { members.map(\.name) }
        /// Whether there are no members.
        public var isEmpty: Bool { members.isEmpty }
        /// Goes through the members in order.
        public func makeIterator() -> IndexingIterator<[(name: String, value: JSON)]> { members.makeIterator() }

        /// The value of a member; setting nil removes it, and a new one goes to the end.
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

        /// Whether both have the same members, in any order.
        public static func == (left: Self, right: Self) -> Bool {
            left.members.count == right.members.count && left.allSatisfy { right[$0.name] == $0.value }
        }

        /// Hashes the names alone, as their order does not count.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(Set(names))
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array of these elements.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
    /// An object of these members, in order; the last of several with one name wins.
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
