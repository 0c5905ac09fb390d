import NIOCore
import PulpTesting

@testable import PulpServer

/// What a form came to, however its bytes were cut.
enum Reading: Equatable {
    case form([Field])
    case failure(FormError)

    struct Field: Equatable {
        let part: FormPart
        var bytes: [UInt8] = []
    }

    /// Reads a body in pieces.
    init(_ body: [UInt8], boundary: String, limits: FormLimits = FormLimits(), cutAt cuts: [Int] = []) {
        var fields: [Field] = []
        do {
            var parser = FormParser(try FormBoundary(boundary), limits: limits)
            var (isOpen, hasEnded) = (false, false)
            for (start, end) in zip([0] + cuts, cuts + [body.count]) {
                parser.feed(ByteBuffer(bytes: body[start..<end]))
                while let event = try parser.next() {
                    precondition(!hasEnded, "an event after the end")
                    switch event {
                    case .part(let part):
                        precondition(!isOpen, "a part inside a part")
                        isOpen = true
                        fields.append(Field(part: part))
                    case .bytes(let bytes):
                        precondition(isOpen && bytes.readableBytes > 0, "bytes outside of a part")
                        fields[fields.count - 1].bytes += bytes.readableBytesView
                    case .partEnd:
                        precondition(isOpen, "the end of no part")
                        isOpen = false
                    case .end: hasEnded = true
                    }
                }
            }
            try parser.finish()
            self = .form(fields)
        } catch let error as FormError {
            self = .failure(error)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// As `name=text`, or `name[filename]=text`.
    var texts: [String] {
        guard case .form(let fields) = self else { return [] }
        return fields.map { field in
            "\(field.part.name)\(field.part.filename.map { "[\($0)]" } ?? "")=\(String(decoding: field.bytes, as: UTF8.self))"
        }
    }

    var error: String? {
        if case .failure(let error) = self { error.description } else { nil }
    }
}

/// Bodies to read.
enum FormSamples {
    static let boundary = "AaB03x"

    /// Lines as they are sent.
    static func lines(_ lines: String...) -> [UInt8] { Array(lines.joined(separator: "\r\n").utf8) }

    /// A text, a file whose bytes look like boundaries, an empty file, and something behind the end.
    static let tricky = lines(
        "--AaB03x", "Content-Disposition: form-data; name=\"text\"", "", "v\u{e4}lue", "--AaB03x\t ",
        "content-type: application/octet-stream", "Content-Disposition: form-data;", "\tname=\"file\"; filename=\"a.bin\"", "",
        "\r\n\r--AaB03\r\n--AaB03\r\r\n--AaB0\r\n-\r\n", "--AaB03x", "Content-Disposition: form-data; name=\"empty\"; filename=\"e\"", "",
        "",
        "--AaB03x", "Content-Disposition: form-data; name=\"none\"", "", "--AaB03x--", "--AaB03x", "rubbish")

    /// A body with these parts.
    static func body(_ parts: [(header: String, bytes: [UInt8])], boundary: String = boundary) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; \(part.header)\r\n\r\n".utf8) + part.bytes + Array("\r\n".utf8)
        }
        return body + Array("--\(boundary)--\r\n".utf8)
    }

    /// Where to cut so many bytes, in order.
    static func cuts(_ count: Int, _ random: inout SplitMix) -> [Int] {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in Int.random(in: 0...count, using: &random) }.sorted()
    }
}
