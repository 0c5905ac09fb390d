/// A request's path, taken apart: the path itself, and whether it asks for a folder by a slash at its end.
struct ServedPath: Sendable, Hashable {
    /// Nil is the root, above all distributions.
    let path: RelativePath?
    let endsInSlash: Bool

    /// Takes a decoded path.
    /// - Throws: ``InvalidPath`` for what can name nothing that is served.
    init(_ text: String) throws(InvalidPath) {
        guard !text.isEmpty else {
            (path, endsInSlash) = (nil, true)
            return
        }
        endsInSlash = text.utf8.last == UInt8(ascii: "/")
        path = try RelativePath(endsInSlash ? String(text.dropLast()) : text)
    }
}

extension RelativePath {
    /// Whether this path is the other one or lies below it; by bytes.
    func isAtOrBelow(_ folder: String) -> Bool {
        let bytes = description.utf8
        guard bytes.starts(with: folder.utf8) else { return false }
        let rest = bytes.dropFirst(folder.utf8.count)
        return rest.isEmpty || rest.first == UInt8(ascii: "/")
    }

    /// What of this path lies below a folder that holds it; nil when it is the folder.
    func below(_ folder: String) -> String? {
        let rest = description.utf8.dropFirst(folder.utf8.count + 1)
        return rest.isEmpty ? nil : String(Substring(rest))
    }

    /// The longest proper ancestor of this path that starts the other text, by bytes.
    func longestAncestor(starting other: String) -> String? {
        var end: String.Index?
        var (mine, others) = (description.utf8.startIndex, other.utf8.startIndex)
        while mine != description.utf8.endIndex {
            if description.utf8[mine] == UInt8(ascii: "/") { end = mine }
            guard others != other.utf8.endIndex, description.utf8[mine] == other.utf8[others] else { break }
            mine = description.utf8.index(after: mine)
            others = other.utf8.index(after: others)
        }
        return end.map { String(description[..<$0]) }
    }
}

/// All paths below one folder, as a range of an index: `dir/` up to, and without, `dir0`, since `0` follows the slash.
struct PathPrefix: Sendable, Hashable {
    /// The folder with a slash at its end; empty for the root.
    let text: String

    /// - Parameter folder: a path without a slash at its end; nil for the root.
    init(_ folder: String?) { text = folder.map { $0 + "/" } ?? "" }

    /// A condition on a column of paths.
    func contains(_ column: String) -> SQL {
        text.isEmpty ? "TRUE" : "(\(raw: column) >= \(text) AND \(raw: column) < \(text.dropLast() + "0"))"
    }

    /// What of a path in this range is the folder's immediate child: a name, or a name with a slash at its end.
    func child(of column: String) -> SQL {
        let rest: SQL = "substr(\(raw: column), CAST(\(text.unicodeScalars.count + 1) AS INTEGER))"
        return "CASE WHEN \(sql: slash(in: rest)) > 0 THEN substr(\(sql: rest), 1, \(sql: slash(in: rest))) ELSE \(sql: rest) END"
    }

    /// Whether a path in this range is a file of the folder itself.
    func isImmediate(_ column: String) -> SQL {
        "\(sql: slash(in: "substr(\(raw: column), CAST(\(text.unicodeScalars.count + 1) AS INTEGER))")) = 0"
    }

    private func slash(in text: SQL) -> SQL {
        "\(dialect: { $0.name == Dialect.sqlite.name ? "instr" : "strpos" })(\(sql: text), '/')"
    }
}
