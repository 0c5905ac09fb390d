public import NIOCore

/// A folder, as a page: plain links, in the form that Pulp and nginx give them and mirroring tools read.
public struct Listing: Sendable, Hashable {
    /// One line.
    public struct Entry: Sendable, Hashable {
        /// A folder's name ends in a slash.
        public let name: String
        /// When the thing came or changed; nil where nobody knows it.
        public let modified: Timestamp?
        /// In bytes; nil where nobody knows it, and for folders.
        public let size: Int64?

        /// A line of which only the name is known, unless more is given.
        public init(_ name: String, modified: Timestamp? = nil, size: Int64? = nil) {
            (self.name, self.modified, self.size) = (name, modified, size)
        }
    }

    /// The path that the page is the index of, as clients see it.
    public let path: String
    /// Whether there is nothing above the folder.
    public let isRoot: Bool
    /// The lines, in the order in which they are shown.
    public let entries: [Entry]

    /// A page of these lines, as they are: nothing is sorted.
    public init(path: String, isRoot: Bool, entries: [Entry]) {
        (self.path, self.isRoot, self.entries) = (path, isRoot, entries)
    }

    /// The page.
    ///
    /// Names are escaped in its text and percent-encoded in its links, so no name can break out of its line.
    public func html() -> ByteBuffer {
        var page = ByteBuffer()
        page.reserveCapacity(512 + entries.count * 200)
        let title = HTMLText.escape(path)
        page.writeString(
            """
            <!DOCTYPE html>
            <html>
            <head><meta charset="utf-8"><title>Index of \(title)</title></head>
            <body>
            <h1>Index of \(title)</h1>
            <hr><pre>\(isRoot ? "" : "<a href=\"../\">../</a>\n")
            """)
        for entry in entries { entry.write(to: &page) }
        page.writeString("</pre><hr>\n</body>\n</html>\n")
        return page
    }
}

extension Listing.Entry {
    private static let dateColumn = 100

    fileprivate func write(to page: inout ByteBuffer) {
        page.writeString("<a href=\"\(href)\">\(HTMLText.escape(name))</a>")
        guard modified != nil || size != nil else {
            page.writeString("\n")
            return
        }
        let padding = max(1, Self.dateColumn - name.unicodeScalars.count)
        page.writeRepeatingByte(UInt8(ascii: " "), count: padding)
        page.writeString(modified?.listingDate ?? String(repeating: " ", count: 17))
        if let size { page.writeString("  \(ByteCount.humanized(size))") }
        page.writeString("\n")
    }

    /// A relative reference, in which a colon would make what precedes it a scheme (RFC 3986 §4.2).
    var href: String {
        let encoded = HTMLText.percentEncode(name)
        return name.utf8.contains(UInt8(ascii: ":")) ? "./" + encoded : encoded
    }
}

extension Timestamp {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `21-Nov-2026 10:15`, in UTC.
    var listingDate: String {
        func pad(_ number: Int, _ width: Int = 2) -> String {
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }
        let parts = calendarParts
        return "\(pad(parts.day))-\(Self.months[parts.month - 1])-\(pad(parts.year, 4)) \(pad(parts.hour)):\(pad(parts.minute))"
    }
}

/// Sizes for people: `0 Bytes`, `4.2 MB`.
enum ByteCount {
    private static let units = ["kB", "MB", "GB", "TB", "PB", "EB"]

    static func humanized(_ bytes: Int64) -> String {
        if bytes == 1 { return "1 Byte" }
        if bytes < 1000 { return "\(bytes) Bytes" }
        var unit: Int64 = 1000
        for (index, name) in units.enumerated() {
            let tenths = bytes / (unit / 10) + (bytes % (unit / 10) >= unit / 20 ? 1 : 0)
            if tenths < 10_000 || index == units.count - 1 { return "\(tenths / 10).\(tenths % 10) \(name)" }
            unit *= 1000
        }
        return "\(bytes) Bytes"
    }
}

/// Text on its way into HTML.
enum HTMLText {
    /// Replaces what has a meaning in HTML, so that the text may stand between tags and in quoted attributes.
    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { meaning(of: $0) != nil }) else { return text }
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            if let reference = meaning(of: byte) { escaped += reference.utf8 } else { escaped.append(byte) }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Encodes a path for a link: every byte but unreserved ones and the slash, the colon and a few more that need no quotes.
    static func percentEncode(_ path: String) -> String {
        guard !path.utf8.allSatisfy(isPlain) else { return path }
        var encoded: [UInt8] = []
        for byte in path.utf8 {
            if isPlain(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), upperDigits[Int(byte >> 4)], upperDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static let upperDigits = Array("0123456789ABCDEF".utf8)

    private static func meaning(of byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&#34;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"): true
        case UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: ","): true
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"): true
        default: false
        }
    }
}
