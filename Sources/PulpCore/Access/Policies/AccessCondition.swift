/// What a statement of an ``AccessPolicy`` asks for besides its action and its principal: `has_remote_param_obj_perms:file.view_fileremote`.
///
/// All conditions are of one form. The name says what the permission is looked for on, then how widely the role that has it may be
/// given: `model` for everything, `domain`, `obj` for the thing itself, or several with `or` between them.
public struct AccessCondition: Sendable, Hashable {
    /// What a permission is looked for on.
    public enum Subject: Sendable, Hashable {
        /// What the action is about.
        case object
        /// The repository or the group that the action's path, or its object, belongs to.
        case parent
        /// What the body names: the first of these members that it has; nothing is asked for where it has none.
        case parameters([String])
        /// The repository that the body must name.
        case destination
    }

    /// A condition as this program understands it.
    struct Test: Sendable, Hashable {
        let subject: Subject
        let reach: RoleBindings.Reach
        let permission: Permission
    }

    /// The condition as it was given.
    public let text: String
    /// What it means; nil when nobody knows.
    let test: Test?

    /// A condition, which nobody may understand.
    public init(_ text: String) {
        self.text = text
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        test = parts.count == 2 ? Self.test(parts[0], Permission(parts[1])) : nil
    }

    private static func test(_ name: String, _ permission: Permission) -> Test? {
        if name == "has_required_repo_perms_on_upload" { return Test(subject: .destination, reach: .any, permission: permission) }
        guard name.hasPrefix("has_"), name.hasSuffix("_perms") else { return nil }
        let middle = name.dropFirst("has_".count).dropLast("_perms".count)
        for (prefix, subject) in subjects where middle.hasPrefix(prefix) {
            if let reach = reaches[String(middle.dropFirst(prefix.count))] {
                return Test(subject: subject, reach: reach, permission: permission)
            }
        }
        return nil
    }

    private static let subjects: [(prefix: String, subject: Subject)] = [
        ("remote_param_", .parameters(["remote"])), ("repo_or_repo_ver_param_", .parameters(["repository", "repository_version"])),
        ("publication_param_", .parameters(["publication"])), ("upload_param_", .parameters(["upload"])), ("repo_attr_", .parent),
        ("repository_", .parent), ("group_", .parent), ("", .object),
    ]

    private static let reaches: [String: RoleBindings.Reach] = [
        "model": .everything, "domain": .domain, "obj": .object, "model_or_domain": [.everything, .domain],
        "model_or_obj": [.everything, .object], "model_or_domain_or_obj": .any,
    ]
}
