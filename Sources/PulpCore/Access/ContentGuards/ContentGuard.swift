/// Any kind of content guard, seen through what all of them know.
public struct ContentGuard: Referable {
    /// The table of content guards.
    public static let table = ResourceTable.contentGuard
}

/// What every kind of content guard knows.
public struct ContentGuardSettings: Sendable, Hashable {
    /// Unique among the guards of a domain, and not empty.
    public var name = ""
    /// What the guard is for, in the words of who made it.
    public var description: String?

    /// Settings with a name; nothing is checked before they are stored.
    public init(name: String = "", description: String? = nil) { (self.name, self.description) = (name, description) }

    /// The fields that every kind of guard has.
    public static let fields: [Field<Self>] = [
        Field("name", \.name, "The unique name.", [.required, .unique, .column], lookups: .text, validate: NotBlank.check),
        Field("description", \.description, "An optional description.", .column, validate: NotBlank.checkOptional),
    ]
}

/// A kind of content guard: decides which requests for a distribution are answered.
///
/// ```swift
/// struct OfficeHours: ContentGuardKind {
///     var contentGuard = ContentGuardSettings()
///     static let schema = Schema<Self>(.contentGuard, "mine.hours", model: "mine.hours", path: "mine/hours", "By day.") {
///         Embed(\.contentGuard, ContentGuardSettings.fields)
///     }
///     static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest? {
///         .condition { $0.moment.calendarParts.hour < 18 ? .permitted : .denied("It is late.") }
///     }
/// }
/// ```
public protocol ContentGuardKind: Resource, Referable {
    /// What the kind shares with all others.
    var contentGuard: ContentGuardSettings { get set }
    /// What a stored guard asks of requests; nil when it asks nothing itself, and lets nobody in.
    ///
    /// Called once for each state of the catalogue; the test is kept.
    static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest?
}

extension ContentGuardKind {
    /// The table of content guards.
    public static var table: ResourceTable { .contentGuard }
}

/// The rule of texts that must say something.
enum NotBlank {
    static let check: @Sendable (String) throws(InvalidField) -> Void = { (text) throws(InvalidField) in
        guard !text.isEmpty else { throw InvalidField("This field may not be blank.") }
    }

    static let checkOptional: @Sendable (String?) throws(InvalidField) -> Void = { (text) throws(InvalidField) in
        if let text { try check(text) }
    }
}
