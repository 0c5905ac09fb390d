import NIOCore

/// What stands in a form, in its order.
enum FormEvent: Sendable, Hashable {
    /// A part begins.
    case part(FormPart)
    /// Some bytes of the part, a slice of what came; at least one.
    case bytes(ByteBuffer)
    /// The part has no more bytes.
    case partEnd
    /// The form ends; whatever comes after it is passed over.
    case end
}

/// Reads `multipart/form-data` (RFC 7578, RFC 2046 §5.1) as it comes, however it is cut into pieces.
///
/// ```swift
/// var parser = FormParser(boundary)
/// for try await bytes in body {
///     parser.feed(bytes)
///     while let event = try parser.next() { … }
/// }
/// try parser.finish()
/// ```
///
/// Holds a part's header, at most, besides the piece that was fed last. After an error it is of no more use.
struct FormParser: Sendable {
    private enum State {
        case preamble
        /// After a boundary, with the byte before the next one that counts.
        case lineEnd(after: UInt8?)
        case header
        case part(isText: Bool)
        case end
    }

    private let limits: FormLimits
    private var scanner: DelimiterScanner
    private var state = State.preamble
    private var input = ByteBuffer()
    private var header: [UInt8] = []
    /// Where the last line of the header begins.
    private var line = 0
    /// The bytes before the first part, or blanks after a boundary.
    private var idle = 0
    private var parts = 0
    private var text = 0

    init(_ boundary: FormBoundary, limits: FormLimits = FormLimits()) {
        (scanner, self.limits) = (DelimiterScanner(boundary), limits)
        scanner.beginLine()
    }

    /// Takes the next piece of the body; better once ``next()`` has returned nil, as it need not be copied then.
    mutating func feed(_ bytes: ByteBuffer) {
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
    }

    /// What comes next; nil when more of the body is needed for that.
    mutating func next() throws(FormError) -> FormEvent? {
        while input.readableBytes > 0 {
            switch state {
            case .preamble: try readPreamble()
            case .lineEnd(let last): if let event = try readLineEnd(after: last) { return event }
            case .header: if let part = try readHeader() { return .part(part) }
            case .part(let isText): if let event = try readPart(isText: isText) { return event }
            case .end: input = ByteBuffer()
            }
        }
        return nil
    }

    /// Says that nothing more comes.
    /// - Throws: ``FormError`` when the form has not ended.
    func finish() throws(FormError) {
        switch state {
        case .end: return
        case .preamble where idle == 0: throw .malformed("the body has no form")
        default: throw .malformed("the body ends before the form does")
        }
    }

    private mutating func readPreamble() throws(FormError) {
        switch scanner.next(&input) {
        case .bytes(let bytes): try passOver(bytes.readableBytes, "before the first boundary")
        case .delimiter: enterLineEnd()
        case .more: break
        }
    }

    private mutating func enterLineEnd() { (state, idle) = (.lineEnd(after: nil), 0) }

    /// What may follow a boundary: two dashes, which end the form, or blanks and the end of the line.
    private mutating func readLineEnd(after last: UInt8?) throws(FormError) -> FormEvent? {
        guard let byte = input.readInteger(as: UInt8.self) else { return nil }
        switch (last, byte) {
        case (nil, UInt8(ascii: "-")), (nil, UInt8(ascii: "\r")), (UInt8(ascii: " "), UInt8(ascii: "\r")): state = .lineEnd(after: byte)
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            state = .end
            return .end
        case (nil, UInt8(ascii: " ")), (nil, UInt8(ascii: "\t")), (UInt8(ascii: " "), UInt8(ascii: " ")),
            (UInt8(ascii: " "), UInt8(ascii: "\t")):
            state = .lineEnd(after: UInt8(ascii: " "))
            try passOver(1, "after a boundary")
        case (UInt8(ascii: "\r"), UInt8(ascii: "\n")): try enterHeader()
        default: throw .malformed("a boundary stands inside a part, or its line does not end in CR LF")
        }
        return nil
    }

    private mutating func passOver(_ count: Int, _ place: String) throws(FormError) {
        idle += count
        guard idle <= limits.header else { throw .tooLarge("there are more than \(limits.header) bytes \(place)") }
    }

    private mutating func enterHeader() throws(FormError) {
        parts += 1
        guard parts <= limits.parts else { throw .tooLarge("the form has more than \(limits.parts) parts") }
        state = .header
        header.removeAll(keepingCapacity: true)
        line = 0
    }

    /// Reads to the end of a line at most.
    private mutating func readHeader() throws(FormError) -> FormPart? {
        let room = limits.header - header.count
        let view = input.readableBytesView.prefix(room)
        let end = view.firstIndex(of: UInt8(ascii: "\n"))
        let count = end.map { view.distance(from: view.startIndex, to: $0) + 1 } ?? view.count
        header.append(contentsOf: view.prefix(count))
        input.moveReaderIndex(forwardBy: count)
        guard end != nil else {
            guard header.count < limits.header else { throw .tooLarge("the header of a part has more than \(limits.header) bytes") }
            return nil
        }
        let isBlank = header[line...].elementsEqual([UInt8(ascii: "\r"), UInt8(ascii: "\n")])
        line = header.count
        guard isBlank else {
            guard header.count < limits.header else { throw .tooLarge("the header of a part has more than \(limits.header) bytes") }
            return nil
        }
        let part = try FormPart(header: header)
        state = .part(isText: part.filename == nil)
        if part.filename == nil { try countText(part.name.utf8.count) }
        scanner.beginLine()
        return part
    }

    private mutating func readPart(isText: Bool) throws(FormError) -> FormEvent? {
        switch scanner.next(&input) {
        case .bytes(let bytes):
            if isText { try countText(bytes.readableBytes) }
            return .bytes(bytes)
        case .delimiter:
            enterLineEnd()
            return .partEnd
        case .more: return nil
        }
    }

    private mutating func countText(_ count: Int) throws(FormError) {
        text += count
        guard text <= limits.text else { throw .tooLarge("the texts of the form have more than \(limits.text) bytes") }
    }
}
