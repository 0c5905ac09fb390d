/// Writes JSON text (RFC 8259) straight into bytes, without an intermediate tree: for hot lists and bulk parameters.
///
/// ```swift
/// var json = JSONWriter()
/// json.object { $0.member("name") { $0.string("a") } }
/// json.text  // {"name":"a"}
/// ```
public struct JSONWriter: Sendable {
    /// The text so far, as UTF-8.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A writer that has written nothing.
    public init() {}

    /// The text so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes null.
    public mutating func null() { raw("null") }
    /// Writes true or false.
    public mutating func boolean(_ flag: Bool) { raw(flag ? "true" : "false") }
    /// Writes a whole number with all its digits, however large.
    public mutating func integer(_ number: some BinaryInteger) { raw(String(number)) }

    /// Writes a number; what JSON cannot say (infinities, NaN) becomes null.
    public mutating func real(_ number: Double) { raw(number.isFinite ? String(number) : "null") }

    /// Writes a string, with quotes and escapes; characters beyond ASCII stand as they are.
    public mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { utf8 in
            var run = 0
            for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                bytes += utf8[run..<index]
                run = index + 1
                escape(byte)
            }
            bytes += utf8[run...]
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes an array: `write` writes exactly one value for each element.
    public mutating func array<Elements: Sequence>(_ elements: Elements, _ write: (inout JSONWriter, Elements.Element) -> Void) {
        open("[")
        for element in elements { write(&self, element) }
        close("]")
    }

    /// Writes an object, whose members the closure writes with ``member(_:_:)``.
    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        open("{")
        members(&self)
        close("}")
    }

    /// One member of the object that is open.
    public mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        value(&self)
        needsComma = true
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes += text.utf8
        needsComma = true
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        // Databases and readers refuse it: what stands in an error's text is no reason to lose the error.
        case 0x00: bytes += Array("\u{FFFD}".utf8)
        case 0x22: bytes += [0x5C, 0x22]
        case 0x5C: bytes += [0x5C, 0x5C]
        case 0x0A: bytes += [0x5C, 0x6E]
        case 0x0D: bytes += [0x5C, 0x72]
        case 0x09: bytes += [0x5C, 0x74]
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
