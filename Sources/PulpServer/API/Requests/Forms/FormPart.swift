import Foundation

/// What a part of a form says of itself.
struct FormPart: Sendable, Hashable {
    /// The name of the field.
    let name: String
    /// The name of the file, as the client has it, perhaps with folders; nil for a text.
    let filename: String?
    /// The media type, where the part names one.
    let contentType: String?

    /// Reads the header of a part.
    /// - Parameter block: its lines, each with its CR and LF, and the blank line after them.
    /// - Throws: ``FormError`` when the part is none of a form, or its bytes would have to be decoded.
    init(header block: [UInt8]) throws(FormError) {
        var disposition: HeaderValue?
        var type: String?
        for (name, value) in try Self.fields(block) {
            switch name {
            case "content-disposition":
                guard disposition == nil else { throw .malformed("a part has two Content-Disposition headers") }
                disposition = try HeaderValue(value)
            case "content-type": type = value
            case "content-transfer-encoding":
                guard ["7bit", "8bit", "binary"].contains(value.lowercased()) else {
                    throw .malformed("a part has the transfer encoding \(value.prefix(40).debugDescription), which forms have no more")
                }
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data" else {
            throw .malformed("a part has no Content-Disposition of the type form-data")
        }
        guard let name = try disposition.parameter("name") else { throw .malformed("a part has no name") }
        (self.name, contentType) = (name, type)
        if let filename = try disposition.parameter("filename") {
            self.filename = filename
        } else if let extended = try disposition.parameter("filename*") {
            filename = try Self.extended(extended)
        } else {
            filename = nil
        }
    }

    /// The fields, in their order, with names in lower case; lines that begin with a blank belong to the line before.
    private static func fields(_ block: [UInt8]) throws(FormError) -> [(name: String, value: String)] {
        var lines: [ArraySlice<UInt8>] = []
        for line in block.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard line.last == UInt8(ascii: "\r"), !line.dropLast().contains(where: { $0 == UInt8(ascii: "\r") || $0 == 0 }) else {
                throw .malformed("a line of a part's header does not end in CR LF")
            }
            if line.count == 1 { break }
            if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"), let last = lines.indices.last {
                lines[last] += line.dropLast()
            } else {
                lines.append(line.dropLast())
            }
        }
        var fields: [(name: String, value: String)] = []
        for line in lines {
            guard let text = String(validating: line, as: UTF8.self) else { throw .malformed("a part's header is not UTF-8") }
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, HeaderValue.isToken(parts[0]) else {
                throw .malformed("a part's header has the line \(text.prefix(80).debugDescription)")
            }
            fields.append((parts[0].lowercased(), HeaderValue.trimmed(parts[1])))
        }
        return fields
    }

    /// A name as RFC 8187 has it, which older clients send where a name is not ASCII: `utf-8''na%C3%AFve`.
    private static func extended(_ text: String) throws(FormError) -> String {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8", let name = parts[2].removingPercentEncoding else {
            throw .malformed("a part has the filename* \(text.prefix(80).debugDescription), which is not percent-encoded UTF-8")
        }
        return name
    }
}
