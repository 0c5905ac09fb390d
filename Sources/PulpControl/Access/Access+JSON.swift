import PulpCore

extension User {
    /// The user as the REST API shows it, and whether it is an administrator.
    func object(groups: [Group]) -> JSON.Object {
        var object: JSON.Object = ["prn": .string(id.prn), "id": .integer(Int(number))]
        for field in Self.fields { object[field.name] = field.value(of: self) }
        object["is_superuser"] = .bool(isAdministrator)
        object["date_joined"] = joined.json
        object["groups"] = .array(groups.map { ["name": .string($0.name), "prn": .string($0.id.prn)] })
        object["hidden_fields"] = [["name": "password", "is_set": .bool(password != nil)]]
        return object
    }

    /// The user for people.
    func readable(groups: [Group]) -> JSON.Object {
        var object = object(groups: groups)
        object["groups"] = .array(groups.map { .string($0.name) })
        object["hidden_fields"] = nil
        object["has_password"] = .bool(password != nil)
        return object
    }
}

extension Group {
    /// The group as the REST API shows it.
    var object: JSON.Object { ["prn": .string(id.prn), "id": .integer(Int(number)), "name": .string(name)] }
}

extension Role {
    /// The role as the REST API shows it.
    var object: JSON.Object {
        var object: JSON.Object = ["prn": .string(id.prn), "pulp_created": created.json, "pulp_last_updated": updated.json]
        for field in Self.fields { object[field.name] = field.value(of: self) }
        return object
    }
}

extension RoleBinding {
    /// The binding as the REST API shows it.
    var object: JSON.Object {
        var (object, domain): (JSON, JSON) = (.null, .null)
        switch place {
        case .everything: break
        case .domain(let prn): domain = .string(prn)
        case .object(let prn): object = .string(prn)
        }
        return [
            "prn": .string(id.prn), "pulp_created": created.json, "role": .string(role), "content_object_prn": object,
            "description": description.json, "permissions": permissions.json, "domain": domain,
        ]
    }
}

extension RoleBindings.ObjectRole {
    /// The role of an object as the REST API shows it.
    var object: JSON.Object { ["role": .string(role), "users": users.json, "groups": groups.json] }
}

extension AccessPolicyRecord {
    /// The policy as the REST API shows it.
    var object: JSON.Object {
        var object: JSON.Object = [
            "prn": .string(id.prn), "pulp_created": created.json, "pulp_last_updated": updated.json, "viewset_name": .string(viewset),
            "customized": .bool(isCustomized),
        ]
        for member in policy.object { object[member.name] = member.value }
        return object
    }
}
