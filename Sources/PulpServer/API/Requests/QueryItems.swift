import Foundation

/// What stands behind the `?` of a request, in its order.
struct QueryItems: Sendable, Hashable {
    let items: [(name: String, value: String)]

    /// - Parameter text: without the `?`; `+` and `%20` are blanks.
    init(_ text: some StringProtocol) {
        items = text.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }

    init(_ items: [(name: String, value: String)]) { self.items = items }

    /// The last value of a parameter, which is the one that counts.
    subscript(name: String) -> String? { items.last { $0.name == name }?.value }

    /// All values of a parameter, with commas between them; nil when it does not occur.
    func joined(_ name: String) -> String? {
        let values = items.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// All values of a parameter, and each of them cut at its commas.
    func list(_ name: String) -> [String]? {
        let values = items.filter { $0.name == name }
        return values.isEmpty ? nil : values.flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    /// The same with other values for some parameters, which stand at the end.
    func setting(_ changes: (name: String, value: String)...) -> QueryItems {
        QueryItems(items.filter { item in !changes.contains { $0.name == item.name } } + changes)
    }

    /// As it stands in a URL.
    var text: String {
        items.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    private static func decode(_ text: some StringProtocol) -> String {
        let spaced = String(text.map { $0 == "+" ? " " : $0 })
        return spaced.removingPercentEncoding ?? spaced
    }

    private static let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    private static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }

    static func == (left: Self, right: Self) -> Bool {
        left.items.elementsEqual(right.items) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        for item in items {
            hasher.combine(item.name)
            hasher.combine(item.value)
        }
    }
}
