/// The viewsets of what the core itself keeps.
extension Viewset {
    private typealias Statement = AccessPolicy.Statement

    /// All of them; what is missing here is for administrators alone.
    static let core: [Viewset] =
        [
            tasks, taskGroups, taskSchedules, uploads, artifacts, groups, groupMembers, content,
        ] + [.remote, .repository, .publication, .distribution, .contentGuard].map { overview($0.path, .kinds($0)) }
        + [overview("repository_versions", .versions)]

    private static let tasks: Viewset = {
        let model = "core.task"
        let profile = KindOperation("view", suffix: "_profile_artifacts")
        let owner = ["view", "change", "delete", "manage_roles"].map { Permission($0, on: model) }
        return Viewset(
            "tasks", model: model, permissions: Permission.all(on: model, [profile]),
            roles: [
                LockedRole("core.task_owner", "Allow all actions on a task.", owner + [profile.permission(on: model)]),
                LockedRole("core.task_viewer", nil, ["core.view_task"]),
                LockedRole(dispatcher, "Says who dispatched a task.", ["core.add_task"]),
            ],
            policy: .owned(
                by: "core.task_owner",
                [
                    // What is purged is chosen by who may delete it.
                    Statement(["list", "purge"]), Statement(["retrieve", "my_permissions"], [any("core.view_task")]),
                    Statement(["profile_artifacts"], [any(profile.permission(on: model))]),
                    Statement(["destroy"], [any("core.delete_task")]),
                    Statement(["update", "partial_update"], [any("core.change_task")]), managed(model),
                ]),
            rows: Rows("task", of: model, key: .uuid))
    }()

    /// The role that says who dispatched a task; nobody gives or takes it.
    static let dispatcher = "core.task_user_dispatcher"

    private static let taskGroups = Viewset(
        "task-groups", model: "core.taskgroup",
        policy: AccessPolicy(statements: [Statement(["list", "retrieve", "partial_update"])], isScoped: true),
        rows: Rows("task_group", of: "core.taskgroup"), scope: .taskGroups)

    private static let taskSchedules: Viewset = {
        let model = "core.taskschedule"
        return Viewset(
            "task-schedules", model: model, permissions: Permission.all(on: model),
            roles: [
                LockedRole(
                    "core.taskschedule_owner", "Allow all actions on a taskschedule.",
                    ["core.view_taskschedule", "core.manage_roles_taskschedule"]),
                LockedRole("core.taskschedule_viewer", nil, ["core.view_taskschedule"]),
            ],
            policy: .owned(
                by: "core.taskschedule_owner",
                [
                    Statement(["list"]), Statement(["retrieve", "my_permissions"], [any("core.view_taskschedule")]), managed(model),
                    Statement(["create", "update", "partial_update", "destroy"], principals: ["admin"]),
                ]),
            rows: Rows("task_schedule", of: model))
    }()

    private static let uploads: Viewset = {
        let model = "core.upload"
        return Viewset(
            "uploads", model: model, permissions: Permission.all(on: model),
            roles: LockedRole.standard(of: model, owner: ["view", "change", "delete"]),
            policy: .owned(
                by: "core.upload_owner",
                [
                    Statement(["list"]), Statement(["create"], ["has_model_or_domain_perms:core.add_upload"]),
                    Statement(["retrieve", "my_permissions"], [any("core.view_upload")]),
                    Statement(["update", "partial_update", "commit"], [any("core.change_upload")]),
                    Statement(["destroy"], [any("core.delete_upload")]), managed(model),
                ]),
            rows: Rows("upload", of: model))
    }()

    /// Nobody deletes artifacts but the cleanup of orphans.
    private static let artifacts = Viewset(
        "artifacts", model: "core.artifact", permissions: Permission.plain(on: "core.artifact"),
        policy: AccessPolicy(statements: [Statement(["list", "retrieve", "create"], principals: ["admin"])]))

    private static let groups: Viewset = {
        let model = "core.group"
        func may(_ verb: String) -> String { "has_model_or_obj_perms:core.\(verb)_group" }
        return Viewset(
            "groups", model: model, permissions: Permission.all(on: model),
            roles: LockedRole.standard(of: model, owner: ["view", "change", "delete"]),
            policy: .owned(
                by: "core.group_owner",
                [
                    Statement(["list"]), Statement(["create"], ["has_model_perms:core.add_group"]),
                    Statement(["retrieve", "my_permissions"], [may("view")]),
                    Statement(["update", "partial_update"], [may("change")]), Statement(["destroy"], [may("delete")]),
                    Statement(["list_roles", "add_role", "remove_role"], [may("manage_roles")]),
                ]),
            rows: Rows("app_group", of: model, key: .id, hasDomain: false))
    }()

    private static let groupMembers = Viewset(
        "groups/users",
        policy: AccessPolicy(
            statements: [
                Statement(["list"], ["has_group_model_or_obj_perms:core.view_group"]),
                Statement(["create", "destroy"], ["has_group_model_or_obj_perms:core.change_group"]),
            ], creationHooks: []))

    private static let content = Viewset(
        "content", model: "core.content", permissions: [.labelContent],
        roles: [LockedRole("core.content_labeler", nil, [.labelContent])],
        policy: AccessPolicy(statements: [Statement(["list"])], isScoped: true), scope: .units)

    /// A list of things of all kinds, of which each is seen by who may see it.
    private static func overview(_ name: String, _ scope: Scope) -> Viewset {
        Viewset(name, policy: AccessPolicy(statements: [Statement(["list"])], isScoped: true), scope: scope)
    }

    private static func managed(_ model: String) -> Statement {
        Statement(["list_roles", "add_role", "remove_role"], [any(Permission("manage_roles", on: model))])
    }

    private static func any(_ permission: Permission) -> String { "has_model_or_domain_or_obj_perms:\(permission)" }
}
