import PulpCore

/// A request's conditions (RFC 9110 §13.1), as they came.
struct Preconditions: Hashable {
    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: String?
    var ifUnmodifiedSince: String?
    var ifRange: String?

    /// What the conditions come to for a representation.
    enum Verdict: Hashable {
        case proceed
        case notModified
        case failed
    }

    /// Evaluates the conditions of a GET or HEAD in the order of RFC 9110 §13.2.2, `If-Range` aside.
    ///
    /// A condition on a validator that the representation lacks holds, as if it were not there, except `If-Match`, which asks
    /// for a tag that must be known.
    func verdict(entity: EntityTag?, lastModified: Timestamp?) -> Verdict {
        if let ifMatch {
            guard Self.list(ifMatch, contains: entity, weakly: false) else { return .failed }
        } else if let ifUnmodifiedSince, let lastModified, let date = HTTPDate.parse(ifUnmodifiedSince) {
            guard lastModified.wholeSeconds <= date.wholeSeconds else { return .failed }
        }
        if let ifNoneMatch {
            return Self.list(ifNoneMatch, contains: entity, weakly: true) ? .notModified : .proceed
        }
        if let ifModifiedSince, let lastModified, let date = HTTPDate.parse(ifModifiedSince) {
            return lastModified.wholeSeconds <= date.wholeSeconds ? .notModified : .proceed
        }
        return .proceed
    }

    /// Whether a `Range` may be honoured: `If-Range` is absent, or names exactly this representation (§13.1.5).
    func allowsRange(entity: EntityTag?, lastModified: Timestamp?) -> Bool {
        guard let ifRange else { return true }
        if ifRange.utf8.first == UInt8(ascii: "\"") {
            guard let entity else { return false }
            return ifRange.utf8.count == entity.value.utf8.count + 2 && ifRange.utf8.last == UInt8(ascii: "\"")
                && ifRange.utf8.dropFirst().dropLast().elementsEqual(entity.value.utf8)
        }
        guard let lastModified, let date = HTTPDate.parse(ifRange) else { return false }
        return lastModified.wholeSeconds == date.wholeSeconds
    }

    /// Whether a list of entity tags (`"a", W/"b"`, or `*`) has this one; one that breaks off counts as far as it is sound.
    static func list(_ header: String, contains entity: EntityTag?, weakly: Bool) -> Bool {
        var rest = header.utf8[...]
        func skip(_ bytes: Set<UInt8>) { while let byte = rest.first, bytes.contains(byte) { rest.removeFirst() } }
        skip([0x20, 0x09])
        // `*` means any current representation: there is one, or nobody would ask.
        if rest.first == UInt8(ascii: "*") { return true }
        guard let entity else { return false }
        while true {
            skip([0x20, 0x09, UInt8(ascii: ",")])
            let isWeak = rest.starts(with: "W/".utf8)
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == UInt8(ascii: "\"") else { return false }
            rest.removeFirst()
            guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { return false }
            if (weakly || !isWeak) && rest[..<end].elementsEqual(entity.value.utf8) { return true }
            rest = rest[rest.index(after: end)...]
        }
    }
}
