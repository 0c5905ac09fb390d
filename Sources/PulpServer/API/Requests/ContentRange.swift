import PulpCore

/// The part of a file that a request's body is, as `Content-Range` says it: `bytes 0-99/1000`, or `bytes 0-99/*` (RFC 9110 §14.4).
struct ContentRange: Sendable, Hashable {
    let range: Range<Int64>
    /// The size of the whole file; nil where the header leaves it open.
    let total: Int64?

    /// - Parameter header: nil for a request without one.
    /// - Throws: ``InvalidField``, in Pulp's words, when there is none, or it is not of this form.
    init(_ header: String?) throws(InvalidField) {
        guard let header, let (range, total) = Self.parse(header) else {
            throw InvalidField("Invalid or missing content range header.")
        }
        (self.range, self.total) = (range, total)
    }

    /// Compares with the size of the file that the part is of.
    /// - Throws: ``InvalidField`` when the part goes beyond the end, or the header speaks of another size.
    func check(size: Int64) throws(InvalidField) {
        guard range.upperBound <= size else { throw InvalidField("End byte is greater than upload size.") }
        if let total, total != size {
            throw InvalidField("The content range header speaks of \(total) bytes in total, and the upload has \(size).")
        }
    }

    private static func parse(_ header: String) -> (Range<Int64>, Int64?)? {
        let words = header.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]), first <= last, last < .max else { return nil }
        if parts[1] == "*" { return (first..<last + 1, nil) }
        guard let total = number(parts[1]), last < total else { return nil }
        return (first..<last + 1, total)
    }

    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
