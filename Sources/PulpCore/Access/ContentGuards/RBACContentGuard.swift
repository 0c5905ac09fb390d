/// Lets in users who may download what it guards: those who have a role on it with that permission, and administrators.
public struct RBACContentGuard: ContentGuardKind {
    /// What every guard knows.
    public var contentGuard = ContentGuardSettings()

    /// The permission that a user needs on the guard.
    public static let permission: Permission = "core.download_rbaccontentguard"
    /// To download what it guards, with a role of its own: `core.rbaccontentguard_downloader`.
    public static let operations = [KindOperation("download", role: "downloader")]

    /// A guard with every field at its default.
    public init() {}

    /// A guard with a name.
    public init(name: String) { contentGuard = ContentGuardSettings(name: name) }

    /// Pulp's `core.rbac`.
    public static let schema = Schema<Self>(
        .contentGuard, "core.rbac", model: "core.rbaccontentguard", path: "core/rbac", "Lets in users with a permission."
    ) {
        Embed(\.contentGuard, ContentGuardSettings.fields)
    }

    /// Asks who sent the request.
    public static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest? {
        .permission(permission, on: record.id.prn)
    }
}
