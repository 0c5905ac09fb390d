/// One immutable unit of content, which users name; two units with equal ``naturalKey`` are the same unit.
public protocol ContentUnit: Resource {
    /// What identifies the unit among all of its kind.
    var naturalKey: [String] { get }
    /// At most one unit per key may be in one repository version; a later one takes the place of an earlier one.
    var repositoryKey: [String] { get }
    /// Whether reclaiming space leaves its files alone.
    static var isProtectedFromReclaim: Bool { get }
}

extension ContentUnit {
    /// The natural key: different units never take each other's place.
    public var repositoryKey: [String] { naturalKey }
    /// Its files stay when space is reclaimed.
    public static var isProtectedFromReclaim: Bool { true }
}

/// A key of several parts as one text, the same for equal parts only.
enum CompositeKey {
    /// Joins with U+001F; a part that holds it, or the escape itself, is escaped.
    static func join(_ parts: [String]) -> String {
        parts.map { part in
            part.utf8.contains { $0 == 0x1F || $0 == 0x1B }
                ? part.replacing("\u{1B}", with: "\u{1B}0").replacing("\u{1F}", with: "\u{1B}1") : part
        }.joined(separator: "\u{1F}")
    }
}
