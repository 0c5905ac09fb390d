import HTTPTypes

/// What keeps a body from being a form that can be read.
struct FormError: Error, Hashable, CustomStringConvertible {
    enum Kind: Hashable {
        /// The body is not what `multipart/form-data` is, or breaks off.
        case malformed
        /// Something has more bytes, or there are more things, than the limits allow.
        case tooLarge
    }

    let kind: Kind
    /// One line, which names the thing.
    let description: String

    static func malformed(_ description: String) -> Self { FormError(kind: .malformed, description: description) }
    static func tooLarge(_ description: String) -> Self { FormError(kind: .tooLarge, description: description) }

    /// The answer that a client gets.
    var refusal: APIError {
        .detail("Multipart form parse error - \(description)", status: kind == .tooLarge ? .contentTooLarge : .badRequest)
    }
}
