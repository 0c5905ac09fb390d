/// One attribute of a resource, declared once and read by every projection of it.
public struct Field<Root: Sendable>: Sendable {
    /// The name in JSON, in SQL and, with dashes, in `pulpctl`.
    public let name: String
    /// What the field holds; follows from the type of the property that it stands for.
    public let type: FieldType
    /// What is special about the field; nothing by default.
    public let traits: FieldTraits
    /// The filters that lists offer on this field.
    public let lookups: Lookups
    /// One line of help.
    public let summary: String
    /// The value as the API shows it, that of secrets too.
    package let json: @Sendable (Root) -> JSON
    let setJSON: @Sendable (inout Root, JSON) throws(InvalidField) -> Void
    let sql: @Sendable (Root) -> SQLValue
    let setSQL: @Sendable (inout Root, SQLValue) throws(UnexpectedSQLValue) -> Void
    /// Throws what is wrong with the value that the field has, whoever set it.
    let check: @Sendable (Root) throws(InvalidField) -> Void

    /// Declares a field.
    /// - Parameter validate: throws what is wrong with a value that has the right type.
    public init<Value: FieldValue>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ summary: String,
        _ traits: FieldTraits = [],
        lookups: Lookups = .none,
        validate: @escaping @Sendable (Value) throws(InvalidField) -> Void = { (_) throws(InvalidField) in }
    ) {
        (self.name, self.type, self.traits, self.lookups, self.summary) = (name, Value.fieldType, traits, lookups, summary)
        json = { $0[keyPath: path].json }
        setJSON = { (root, json) throws(InvalidField) in root[keyPath: path] = try Value(json: json) }
        sql = { $0[keyPath: path].sql }
        setSQL = { (root, value) throws(UnexpectedSQLValue) in root[keyPath: path] = try Value(sql: value) }
        check = { (root) throws(InvalidField) in try validate(root[keyPath: path]) }
    }

    /// What the field holds, as the API shows it.
    public func value(of root: Root) -> JSON { json(root) }

    /// Whether the field holds something: all that is ever told of a secret.
    public func isSet(in value: Root) -> Bool { json(value) != .null }

    /// The same field, seen through a value that embeds `Root`.
    func lifted<Outer: Sendable>(through path: any WritableKeyPath<Outer, Root> & Sendable) -> Field<Outer> {
        let (json, setJSON, sql, setSQL, check) = (json, setJSON, sql, setSQL, check)
        return Field<Outer>(
            name: name, type: type, traits: traits, lookups: lookups, summary: summary,
            json: { json($0[keyPath: path]) },
            setJSON: { (root, value) throws(InvalidField) in try setJSON(&root[keyPath: path], value) },
            sql: { sql($0[keyPath: path]) },
            setSQL: { (root, value) throws(UnexpectedSQLValue) in try setSQL(&root[keyPath: path], value) },
            check: { (root) throws(InvalidField) in try check(root[keyPath: path]) }
        )
    }

    private init(
        name: String, type: FieldType, traits: FieldTraits, lookups: Lookups, summary: String,
        json: @escaping @Sendable (Root) -> JSON,
        setJSON: @escaping @Sendable (inout Root, JSON) throws(InvalidField) -> Void,
        sql: @escaping @Sendable (Root) -> SQLValue,
        setSQL: @escaping @Sendable (inout Root, SQLValue) throws(UnexpectedSQLValue) -> Void,
        check: @escaping @Sendable (Root) throws(InvalidField) -> Void
    ) {
        (self.name, self.type, self.traits, self.lookups, self.summary) = (name, type, traits, lookups, summary)
        (self.json, self.setJSON, self.sql, self.setSQL, self.check) = (json, setJSON, sql, setSQL, check)
    }
}

/// What is special about a field.
public struct FieldTraits: OptionSet, Sendable, Hashable {
    /// One bit for each trait.
    public let rawValue: UInt8
    /// The traits with these bits; bits without a meaning are kept.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// A creation without it is refused.
    public static let required = Self(rawValue: 1)
    /// No two resources of a table in a domain share a value.
    public static let unique = Self(rawValue: 2)
    /// Shown, never taken from outside.
    public static let readOnly = Self(rawValue: 4)
    /// Taken, never shown; encrypted in the database.
    public static let secret = Self(rawValue: 8)
    /// Taken at creation only.
    public static let writeOnce = Self(rawValue: 16)
    /// A column of its own in a table that several kinds share; what is none goes into the table's JSON column.
    public static let column = Self(rawValue: 32)
    /// It may be left out, but null is refused.
    public static let nonNull = Self(rawValue: 64)
    /// Neither shown by the API nor taken from outside.
    public static let `internal` = Self(rawValue: 128)
}

/// The filters that lists offer on a field: `name`, `name__in`, `name__contains`, ….
public struct Lookups: Sendable, Hashable {
    /// The suffixes after `name__`; `exact` stands for the bare name.
    public let names: [String]
    /// No filters, which is the default.
    public static let none = Self(names: [])
    /// Equal to a value.
    public static let equality = Self(names: ["exact"])
    /// The filters of paths: equality, and parts.
    public static let path = Self(names: ["exact", "contains", "icontains", "in"])
    /// Equal to a value, or to one of several.
    public static let exact = Self(names: ["exact", "in"])
    /// The filters of text: equality and parts, with and without case, and regular expressions.
    public static let text = Self(names: [
        "exact", "iexact", "in", "contains", "icontains", "startswith", "istartswith", "regex", "iregex",
    ])
    /// The filters of what has an order: equality, comparison, range, and whether there is a value.
    public static let comparable = Self(names: ["exact", "ne", "lt", "lte", "gt", "gte", "range", "isnull"])
}

/// Builds the list of a schema's fields.
@resultBuilder
public enum FieldBuilder<Root: Sendable> {
    /// A field that stands alone.
    public static func buildExpression(_ field: Field<Root>) -> [Field<Root>] { [field] }
    /// The fields of an embedded value.
    public static func buildExpression(_ fields: [Field<Root>]) -> [Field<Root>] { fields }
    /// All of them, in the order of their declaration.
    public static func buildBlock(_ parts: [Field<Root>]...) -> [Field<Root>] { parts.flatMap { $0 } }
}

/// Shares the fields of an embedded value, instead of inheriting them.
public func Embed<Outer: Sendable, Part: Sendable>(
    _ path: any WritableKeyPath<Outer, Part> & Sendable, _ fields: [Field<Part>]
) -> [Field<Outer>] {
    fields.map { $0.lifted(through: path) }
}
