import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// Sessions of browsers, and what users may say of themselves.
    var login: [Endpoint] {
        let operations: [HTTPRequest.Method: Operation] = [.get: whoAmI, .post: logIn, .patch: changeMyself, .delete: logOut]
        return [ResourcePaths("login").all(operations.mapValues { $0.answering(.authenticated) })]
    }

    private var loginView: View<User> {
        View(name: "LoginResponse", properties: hrefs.identity { $0.id.prn } + [Property("username", .text) { .string($0.name) }])
    }

    private var whoAmI: Operation {
        Operation(
            action: "list", id: "login_read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(loginView.shape)]
        ) { [self] request in .json(FieldSelection(request.query)(loginView.object(try request.access.identified()))) }
    }

    /// A session needs a name and a password: none begins another.
    private var logIn: Operation {
        Operation(action: "create", id: "login", answers: [.created(loginView.shape)]) { [self] request in
            guard try BasicCredentials(request.headers) != nil else { throw APIError.unauthorized() }
            let user = try request.access.identified()
            let (token, session) = try await pulp.database.write { db in
                if let old = SessionCookies(request.headers).session { try Sessions.end(old, in: db) }
                return try Sessions.begin(for: user, in: db)
            }
            var response = Response.json(.object(loginView.object(user)), status: .created)
            for cookie in SessionCookies.headers(token, session, isSecure: request.origin.hasPrefix("https:")) {
                response.headers.append(HTTPField(name: .setCookie, value: cookie))
            }
            return response
        }
    }

    private var logOut: Operation {
        Operation(action: "delete", id: "logout", answers: [.noContent]) { [pulp] request in
            if let token = SessionCookies(request.headers).session {
                try await pulp.database.write { db in _ = try Sessions.end(token, in: db) }
            }
            var response = Response.empty()
            response.headers[.setCookie] = SessionCookies.forgetting
            return response
        }
    }

    private var changeMyself: Operation {
        let shown = View<User>(
            name: "LoginUpdateResponse",
            properties: LoginUpdate.shown.map { field in
                var member = ObjectShape.Member(of: field).asAddress
                member.isRequired = false
                return Property(member) { field.json($0) }
            })
        return Operation(
            action: "partial_update", id: "login_update", request: Operation.RequestShape(shape: LoginUpdate.shape.patched()),
            answers: [.ok(shown.shape)]
        ) { [self] request in
            let user = try request.access.identified()
            var update = LoginUpdate(user: user)
            try await body(request, LoginUpdate.fields).apply(LoginUpdate.fields, to: &update, .update)
            if let password = try await newPassword(update, of: user) { update.user.password = password }
            let changed = try await pulp.database.write { [update, rules = pulp.rules] db in
                // Who takes a name takes what policies give to it.
                if update.user.name != user.name, try rules.namesUser(update.user.name, in: db) {
                    throw ValidationError("username", "An access policy names this user.")
                }
                try Users.update(update.user, in: db)
                return update.user
            }
            return .json(.object(shown.object(changed)))
        }
    }

    /// Who sits at somebody's browser cannot take the account over.
    private func newPassword(_ update: LoginUpdate, of user: User) async throws -> PasswordHash? {
        guard let new = update.newPassword else {
            if update.oldPassword != nil { throw ValidationError("new_password", "This field is required.") }
            return nil
        }
        guard let old = update.oldPassword else { throw ValidationError("old_password", "This field is required.") }
        guard try await authenticator.user(named: user.name, password: old)?.number == user.number else {
            throw ValidationError("old_password", "Your old password was entered incorrectly. Please enter it again.")
        }
        return try PasswordHash(checked: new)
    }
}

/// What users may change of themselves.
private struct LoginUpdate: RequestObject {
    var user = User()
    var oldPassword: String?
    var newPassword: String?

    static let name = "LoginUpdate"
    static let shown = User.fields.filter { ["username", "first_name", "last_name", "email"].contains($0.name) }
    static let fields =
        Embed(\.user, shown) + [
            Field<Self>("old_password", \.oldPassword, "The password as it is.", [.secret, .nonNull]),
            Field<Self>("new_password", \.newPassword, "A new password.", [.secret, .nonNull]),
        ]

    static var shape: ObjectShape {
        let shape = ObjectShape(requesting: fields, from: Self(), name: name)
        return ObjectShape(name: name, members: shape.members.map(\.asAddress))
    }
}
