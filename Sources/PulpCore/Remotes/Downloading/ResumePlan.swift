/// What a download has, and how to ask for the rest of it after its body broke off (RFC 9110 §13.1.5, §14).
///
/// A pure state machine: it says which headers to send and what an answer means; ``Downloader`` acts.
struct ResumePlan: Hashable, Sendable {
    /// How many good bytes there are.
    private(set) var received: Int64 = 0
    /// The size of the whole, as the server said it.
    private(set) var total: Int64?
    private var validator: String?
    private var isRange = false

    /// What the head of an answer means.
    enum Verdict: Hashable, Sendable {
        /// The body continues what there is.
        case proceed
        /// The body is the whole: what there is must be thrown away first.
        case restart
        /// The answer is useless, and what there is must be thrown away before the next attempt.
        case useless(String)
        /// The answer is none of a file.
        case refused
    }

    /// What the plan must know of an answer's head.
    struct Head: Hashable, Sendable {
        var status: Int
        var contentLength: Int64?
        var contentRange: String?
        var entityTag: String?
        var lastModified: String?
        var date: String?
    }

    /// The value of `Range` and of `If-Range` for the next request; nil to ask for the whole.
    mutating func nextRequest() -> (range: String, ifRange: String)? {
        isRange = false
        guard received > 0, let validator else { return nil }
        isRange = true
        return ("bytes=\(received)-", validator)
    }

    /// Judges an answer's head.
    mutating func judge(_ head: Head) -> Verdict {
        switch head.status {
        case 200:
            let verdict = received > 0 ? Verdict.restart : .proceed
            received = 0
            total = head.contentLength
            validator = Self.validator(of: head)
            return verdict
        case 206 where isRange:
            guard let range = head.contentRange.flatMap(ContentRange.init), range.first == received,
                let size = range.total, range.last == size - 1, total == nil || total == size,
                head.contentLength == nil || head.contentLength == size - received,
                head.entityTag == nil || !Self.isEntityTag(validator) || head.entityTag == validator
            else {
                forget()
                return .useless("the server answered with another range than the one asked for")
            }
            total = size
            return .proceed
        case 206:
            forget()
            return .useless("the server answered with a range that nobody asked for")
        case 416 where isRange:
            forget()
            return .useless("the server has nothing at the offset where the download broke off")
        default:
            return .refused
        }
    }

    /// Counts bytes that were kept.
    mutating func keep(_ count: Int) { received += Int64(count) }

    /// Starts over: what there is was thrown away, or will be.
    mutating func forget() { (received, total, validator) = (0, nil, nil) }

    /// What proves in `If-Range` that the rest belongs to the same bytes: a strong entity tag, or a date that is old enough
    /// to be strong (RFC 9110 §8.8.2.2).
    private static func validator(of head: Head) -> String? {
        if let tag = head.entityTag { return isEntityTag(tag) ? tag : nil }
        guard let text = head.lastModified, let modified = HTTPDate.parse(text),
            let date = head.date.flatMap(HTTPDate.parse), date - modified >= .seconds(60)
        else { return nil }
        return text
    }

    private static func isEntityTag(_ text: String?) -> Bool { text?.first == "\"" && text?.last == "\"" }
}

/// A `Content-Range` header of one range of bytes (RFC 9110 §14.4).
struct ContentRange: Hashable, Sendable {
    let first: Int64
    let last: Int64
    /// The size of the whole; nil when the server does not know it.
    let total: Int64?

    /// Nil for what is no such header, and for ranges that contradict themselves.
    init?(_ text: String) {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last else { return nil }
        let total = parts[1] == "*" ? nil : Self.number(parts[1])
        guard parts[1] == "*" || total.map({ last < $0 }) ?? false else { return nil }
        (self.first, self.last, self.total) = (first, last, total)
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}
