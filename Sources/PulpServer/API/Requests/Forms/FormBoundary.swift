/// What separates the parts of a form: 1 to 70 characters of those that RFC 2046 §5.1.1 allows.
struct FormBoundary: Sendable, Hashable {
    let text: String

    /// - Throws: ``FormError`` when this can be no boundary.
    init(_ text: String) throws(FormError) {
        guard (1...70).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed), text.last != " " else {
            throw .malformed("the boundary \(text.prefix(80).debugDescription) is not one of 1 to 70 allowed characters")
        }
        self.text = text
    }

    /// Reads the `Content-Type` of a form.
    /// - Throws: ``FormError`` when it is that of something else, or has no boundary, or two.
    init(contentType: String) throws(FormError) {
        let type = try HeaderValue(contentType)
        guard type.value == "multipart/form-data" else { throw .malformed("the body is \(type.value.prefix(80).debugDescription)") }
        guard let boundary = try type.parameter("boundary") else { throw .malformed("the Content-Type has no boundary") }
        try self.init(boundary)
    }

    private static let marks = Set("'()+_,-./:=? ".utf8)

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: marks.contains(byte)
        }
    }
}
