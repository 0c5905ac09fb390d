/// A line that is typed and not shown, as a terminal sends it key by key.
struct HiddenLine: Sendable, Hashable {
    /// What a key made of the line.
    enum Outcome: Sendable, Hashable {
        /// It goes on.
        case more
        /// It is complete.
        case done(String)
        /// There is none: the end of the input.
        case end
        /// Who types wants to end the program.
        case canceled
    }

    private var bytes: [UInt8] = []

    /// Takes one byte.
    mutating func take(_ byte: UInt8) -> Outcome {
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return .done(String(decoding: bytes, as: UTF8.self))
        case 0x03: return .canceled
        case 0x04: return bytes.isEmpty ? .end : .done(String(decoding: bytes, as: UTF8.self))
        case 0x08, 0x7F: removeCharacter()
        case 0x15: bytes = []
        // Keys that move or do something else are no part of a password.
        case 0..<0x20: break
        default: bytes.append(byte)
        }
        return .more
    }

    /// All bytes of the last character.
    private mutating func removeCharacter() {
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    }
}
