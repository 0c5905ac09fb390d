import PulpTesting

@testable import PulpCore

extension Pulp {
    /// A new user who is no administrator, and has some roles for everything.
    func makeUser(_ name: String, roles: [String] = [], isAdministrator: Bool = false) async throws -> User {
        try await database.write { [rules] db in
            var user = User(name: name)
            user.isAdministrator = isAdministrator
            user = try Users.insert(user, in: db)
            for role in roles { try RoleBindings.give(role, to: .user(user.id), under: rules, in: db) }
            return user
        }
    }

    /// A new group with some members.
    func makeGroup(_ name: String, of members: User...) async throws -> Group {
        try await database.write { [rules] db in
            let group = try Groups.insert(Group(name: name), under: rules, in: db)
            for member in members { try Groups.add(member.id, to: group.id, in: db) }
            return group
        }
    }

    /// Gives a role, for everything unless a place is named.
    func give(_ role: String, to holder: RoleBinding.Holder, for place: RoleBinding.Place = .everything) async throws {
        try await database.write { [rules] db in _ = try RoleBindings.give(role, to: holder, for: place, under: rules, in: db) }
    }

    /// Runs a body on behalf of a user, as the API does.
    func acting<Value>(as user: User, _ body: () async throws -> Value) async rethrows -> Value {
        try await TaskOrigin.$current.withValue(TaskOrigin(user: user.id)) { try await body() }
    }

    /// The roles that a user has, each with what for: `core.task_owner prn:…`.
    func roles(of user: User) async throws -> [String] {
        try await database.read { db in
            try RoleBindings.list(where: RoleBindings.condition(of: .user(user.id)), in: db)
                .map { binding in
                    switch binding.place {
                    case .everything: binding.role
                    case .domain(let prn), .object(let prn): "\(binding.role) \(prn)"
                    }
                }.sorted()
        }
    }
}
