extension RemoteURL {
    /// The URL that a reference means, seen from this URL (RFC 3986 §5.2).
    /// - Throws: ``InvalidField`` when the result is no ``RemoteURL``.
    public func resolving(_ reference: String) throws(InvalidField) -> RemoteURL {
        if Self.hasScheme(reference) { return try RemoteURL(reference) }
        if reference.utf8.starts(with: "//".utf8) { return try RemoteURL("\(scheme.rawValue):\(reference)") }
        let bare = reference.prefix { $0 != "#" }
        let written = bare.prefix { $0 != "?" }
        let suffix = bare[written.endIndex...]
        let base = scheme == .file ? PercentEncoding.path(path) : path
        if written.isEmpty {
            return try RemoteURL(origin(before: base) + (suffix.isEmpty ? query.map { "?\($0)" } ?? "" : String(suffix)))
        }
        let folder = base.prefix(through: base.lastIndex(of: "/") ?? base.startIndex)
        let merged = written.first == "/" ? String(written) : String(folder + written)
        return try RemoteURL(origin(before: Self.removingDots(merged)) + suffix)
    }

    private func origin(before path: String) -> String { (scheme == .file ? "file://" : origin) + path }

    private static func hasScheme(_ reference: String) -> Bool {
        guard let colon = reference.firstIndex(of: ":") else { return false }
        return !reference[..<colon].contains { $0 == "/" || $0 == "?" || $0 == "#" }
    }

    /// Takes `.` and `..` out of an absolute path (RFC 3986 §5.2.4); what would climb above the root stays at the root.
    static func removingDots(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.dropFirst().pathSegments()
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                if !kept.isEmpty { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}
