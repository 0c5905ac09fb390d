/// The viewsets of what a plugin brings.
extension Viewset {
    /// One for each kind, and one for the versions of each kind of repository.
    static func all(of plugin: Plugin) -> [Viewset] {
        plugin.allKinds.flatMap { of($0, in: plugin.allKinds) }
    }

    /// One for each kind that the core itself brings.
    static var ownKinds: [Viewset] { Pulp.ownKinds.flatMap { of($0, in: Pulp.ownKinds) } }

    /// The viewsets of a kind.
    /// - Parameter others: the kinds of the same plugin, which it may refer to.
    static func of(_ kind: any Resource.Type, in others: [any Resource.Type]) -> [Viewset] {
        if let unit = kind as? any ContentUnit.Type { return [content(unit, in: others)] }
        let plain = resource(kind, in: others)
        guard let repository = kind as? any RepositoryKind.Type else { return [plain] }
        return [plain, versions(of: repository)]
    }

    private static func resource(_ kind: any Resource.Type, in others: [any Resource.Type]) -> Viewset {
        let (model, operations, table) = (kind.modelName, kind.operations, kind.accessTable)
        let isChangeable = table != .publication
        let references = referenceConditions(of: kind, in: others)
        // What is made out of another thing needs a look at it; what is changed, too.
        let viewed = allow("view", on: model)
        var statements = [
            AccessPolicy.Statement(["list", "my_permissions"]),
            AccessPolicy.Statement(["create"], ["has_model_or_domain_perms:\(Permission("add", on: model))"] + references),
            AccessPolicy.Statement(["retrieve"], [viewed]),
        ]
        if isChangeable {
            statements.append(
                AccessPolicy.Statement(
                    ["update", "partial_update", "set_label", "unset_label"], [allow("change", on: model), viewed] + references))
        }
        statements.append(AccessPolicy.Statement(["destroy"], [allow("delete", on: model), viewed]))
        for operation in operations where !operation.actions.isEmpty {
            let remote = operation.actions.contains("sync") ? references : []
            statements.append(AccessPolicy.Statement(operation.actions, [any(operation.permission(on: model))] + remote + [viewed]))
        }
        statements.append(AccessPolicy.Statement(["list_roles", "add_role", "remove_role"], [allow("manage_roles", on: model)]))
        // Who makes something may do with it what has a role of its own, too.
        let special = operations.compactMap { operation in operation.role.map { "\(model)_\($0)" } }
        return Viewset(
            kind.accessPath, model: model, permissions: Permission.all(on: model, operations),
            roles: LockedRole.standard(of: model, owner: isChangeable ? ["view", "change", "delete"] : ["view", "delete"], operations),
            policy: .owned(by: "\(model)_owner", and: special, statements), rows: Rows(table.rawValue, of: model, type: kind.typeName))
    }

    /// Versions are seen, deleted and repaired by who may do so with their repository.
    private static func versions(of kind: any RepositoryKind.Type) -> Viewset {
        let model = kind.modelName
        func allow(_ permission: Permission) -> String { "has_repository_model_or_domain_or_obj_perms:\(permission)" }
        let viewed = allow(Permission("view", on: model))
        let operations = kind.operations.filter { !$0.versionActions.isEmpty }
        var statements = [AccessPolicy.Statement(["list", "retrieve"], [viewed])]
        if !operations.contains(where: { $0.versionActions.contains("destroy") }) {
            statements.append(AccessPolicy.Statement(["destroy"], [allow(Permission("delete", on: model)), viewed]))
        }
        statements += operations.map { AccessPolicy.Statement($0.versionActions, [allow($0.permission(on: model)), viewed]) }
        return Viewset("\(kind.accessPath)/versions", policy: AccessPolicy(statements: statements))
    }

    /// Units are seen through the repositories that have them, and are made into one.
    private static func content(_ kind: any ContentUnit.Type, in others: [any Resource.Type]) -> Viewset {
        let repositories = others.compactMap { $0 as? any RepositoryKind.Type }
        let repository = repositories.first { $0.contents.contains { $0.modelName == kind.modelName } }
        var statements = [AccessPolicy.Statement(["list", "retrieve"])]
        if let repository {
            let model = repository.modelName
            let modify = repository.operations.first { $0.actions.contains("modify") }?.permission(on: model)
            statements.append(
                AccessPolicy.Statement(
                    ["create"],
                    [modify ?? Permission("change", on: model), Permission("view", on: model)].map {
                        "has_required_repo_perms_on_upload:\($0)"
                    } + ["has_upload_param_model_or_domain_or_obj_perms:core.change_upload"]))
        }
        statements += [
            AccessPolicy.Statement(["set_label", "unset_label"], ["has_model_or_domain_perms:\(Permission.labelContent)"]),
            AccessPolicy.Statement(["upload"], ["has_model_or_domain_perms:\(Permission("add", on: kind.modelName))"]),
        ]
        return Viewset(
            kind.accessPath, model: kind.modelName,
            permissions: Permission.plain(on: kind.modelName),
            policy: AccessPolicy(statements: statements, isScoped: true),
            rows: Rows("content", of: kind.modelName, key: .uuid, type: kind.typeName), scope: .units)
    }

    /// What a body may name has to be visible to who names it.
    private static func referenceConditions(of kind: any Resource.Type, in others: [any Resource.Type]) -> [String] {
        let tables = kind.referencedTables
        func view(_ table: ResourceTable) -> Permission? {
            others.first { $0.accessTable == table }.map { Permission("view", on: $0.modelName) }
        }
        let tests: [(ResourceTable, String)] = [
            (.repository, "has_repo_or_repo_ver_param"), (.publication, "has_publication_param"), (.remote, "has_remote_param"),
        ]
        return tests.compactMap { table, test in
            let isNamed = tables.contains(table) || (table == .repository && tables.contains(.repositoryVersion))
            return isNamed ? view(table).map { "\(test)_model_or_domain_or_obj_perms:\($0)" } : nil
        }
    }

    private static func allow(_ verb: String, on model: String) -> String { any(Permission(verb, on: model)) }

    private static func any(_ permission: Permission) -> String { "has_model_or_domain_or_obj_perms:\(permission)" }
}

extension Permission {
    /// To label units of all kinds.
    static let labelContent: Permission = "core.manage_content_labels"
}

extension Resource {
    static var accessTable: ResourceTable { schema.table }
    static var accessPath: String { "\(schema.table.path)/\(schema.path)" }

    /// The tables that the fields refer to; those that a repository's or a publication's own rows are in do not count.
    static var referencedTables: Set<ResourceTable> {
        Set(
            schema.fields.compactMap { field in
                if case .reference(let table) = field.type.unwrapped { table } else { nil }
            })
    }
}
