import NIOCore

/// The layout of a `multipart/byteranges` body (RFC 9110 §14.6): text around slices of one representation.
struct Multipart {
    /// Separates the parts.
    ///
    /// It need not be random: a client finds the parts by it, and goes by their `Content-Range`.
    let boundary: String
    let ranges: [Range<Int64>]
    private let contentType: String
    private let size: Int64

    init(_ ranges: [Range<Int64>], contentType: String, size: Int64, boundary: String) {
        (self.ranges, self.contentType, self.size, self.boundary) = (ranges, contentType, size, boundary)
    }

    /// What stands before a part.
    func header(of range: Range<Int64>) -> String {
        "\r\n--\(boundary)\r\nContent-Type: \(contentType)\r\nContent-Range: \(Self.contentRange(range, size))\r\n\r\n"
    }

    /// What stands behind the last part.
    var trailer: String { "\r\n--\(boundary)--\r\n" }

    /// The length of the whole body.
    var length: Int64 {
        ranges.reduce(Int64(trailer.utf8.count)) { $0 + Int64(header(of: $1).utf8.count) + Int64($1.count) }
    }

    static func contentRange(_ range: Range<Int64>, _ size: Int64) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}
