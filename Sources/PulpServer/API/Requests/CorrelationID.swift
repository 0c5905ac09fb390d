import HTTPTypes
import PulpCore

/// What logs, tasks and clients know a request by: a UUID in hexadecimal digits, with or without dashes.
struct CorrelationID: Sendable, Hashable {
    let text: String

    /// The client's own, or a new one where it gives none that is valid.
    init(_ headers: HTTPFields) {
        let own = headers.value(of: "correlation-id")
        text = own.flatMap { Self.isValid($0) ? $0 : nil } ?? UUIDv7.make().filter { $0 != "-" }
    }

    private static func isValid(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/) != nil
    }
}
