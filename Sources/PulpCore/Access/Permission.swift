/// What somebody may be allowed to do to things of one kind: `file.view_filerepository`.
///
/// The app is that of the kind's plugin, the verb is `add`, `view`, `change`, `delete` or what else the kind knows, and the model is
/// the last part of the kind's ``Schema/model``.
public struct Permission: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The whole name, as roles have it.
    public let description: String

    /// A permission by its name; nothing checks it.
    public init(_ name: String) { description = name }

    /// A permission by its name; nothing checks it.
    public init(stringLiteral name: String) { description = name }

    /// `verb` on things of a model, `app.model`.
    public init(_ verb: String, on model: String) {
        let parts = model.split(separator: ".", maxSplits: 1)
        description = parts.count == 2 ? "\(parts[0]).\(verb)_\(parts[1])" : "\(verb)_\(model)"
    }

    /// By name.
    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

extension Permission: SQLConvertible {
    /// The name as text.
    public var sql: SQLValue { .text(description) }
    /// Reads a name from a text column; nothing checks it.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) { description = try String(sql: sql) }
}
