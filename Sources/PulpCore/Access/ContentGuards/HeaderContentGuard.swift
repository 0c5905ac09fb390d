/// Lets in requests with a header field of a certain value, which a proxy in front of the content server sets.
///
/// The value comes encoded in base64. The proxy must drop such fields that a client sends: two of different values let nobody in.
public struct HeaderContentGuard: ContentGuardKind {
    /// What every guard knows.
    public var contentGuard = ContentGuardSettings()
    /// The name of the header field; its case does not count.
    public var headerName = ""
    /// What the decoded value must be, or the string that the filter finds in it.
    public var headerValue = ""
    /// Where in the value, which is JSON then, the string is: `.identity.org_id`.
    ///
    /// Of jq's language, what follows members and elements.
    public var jqFilter: String?

    /// A guard with every field at its default.
    public init() {}

    /// A guard that wants a value of a header.
    public init(name: String, header: String, value: String, jqFilter: String? = nil) {
        contentGuard = ContentGuardSettings(name: name)
        (headerName, headerValue, self.jqFilter) = (header, value, jqFilter)
    }

    /// Pulp's `core.header`.
    public static let schema = Schema<Self>(
        .contentGuard, "core.header", model: "core.headercontentguard", path: "core/header",
        "Lets in requests with a header field of a certain value."
    ) {
        Embed(\.contentGuard, ContentGuardSettings.fields)
        Field("header_name", \.headerName, "The header name the guard will check on.", .required) { (name) throws(InvalidField) in
            try NotBlank.check(name)
            guard HeaderTest.isName(name) else { throw InvalidField("Not the name of a header field.") }
        }
        Field("header_value", \.headerValue, "The value that will authorize the request.", .required, validate: NotBlank.check)
        Field("jq_filter", \.jqFilter, "A jq filter that finds the value in JSON: `.identity.org_id`.") { (filter) throws(InvalidField) in
            if let filter { _ = try JQPath(filter) }
        }
    }

    /// Compares the value of the header.
    public static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest? {
        do {
            let path = try record.jqFilter.map { (filter) throws(InvalidField) in try JQPath(filter) }
            let test = HeaderTest(name: record.headerName, value: record.headerValue, path: path)
            // Who sends the header decides how long it takes to read.
            return path == nil
                ? .condition { test.verdict(on: $0.credentials) } : .computation { test.verdict(on: $0.credentials) }
        } catch {
            return .nobody("The filter of this guard is of no use: \(error.message)")
        }
    }
}
