import PulpCore
import Testing

@testable import PulpServer

extension APIClient {
    /// A password that no rule refuses.
    static let password = "Pa55word-long"

    /// A new user at the same API, who has some roles for everything.
    func newUser(_ name: String, roles: String...) async throws -> APIClient {
        let user = try await send("POST", "users/", ["username": .string(name), "password": .string(Self.password)])
        #expect(user.status == 201, "\(user.body)")
        let href = try #require(user["pulp_href"]?.stringValue)
        for role in roles {
            let given = try await send("POST", href + "roles/", ["role": .string(role), "content_object": nil])
            #expect(given.status == 201, "\(given.body)")
        }
        return with("\(name):\(Self.password)")
    }

    /// The same with other credentials.
    func with(_ credentials: String?) -> APIClient {
        var client = self
        client.credentials = credentials
        return client
    }

    /// Makes something, and gives its href.
    func make(_ path: String, _ body: JSON) async throws -> String {
        let answer = try await send("POST", path, body)
        #expect(answer.status == 201, "\(answer.body)")
        return try #require(answer["pulp_href"]?.stringValue)
    }

    /// The status of an answer to JSON.
    func status(_ method: String, _ path: String, _ body: JSON = [:]) async throws -> Int { try await send(method, path, body).status }

    /// Gives a role for a thing.
    func give(_ role: String, on href: String, users: [String] = [], groups: [String] = []) async throws -> Answer {
        try await send(
            "POST", href + "add_role/",
            ["role": .string(role), "users": .array(users.map { .string($0) }), "groups": .array(groups.map { .string($0) })])
    }

    /// The href of the policy of a viewset.
    func policy(of viewset: String) async throws -> String {
        let found = try await get("access_policies/?viewset_name=\(viewset)")
        return try #require(found.results.first?["pulp_href"]?.stringValue)
    }
}

extension JSON {
    static let noPermission: JSON = ["detail": "You do not have permission to perform this action."]
}
