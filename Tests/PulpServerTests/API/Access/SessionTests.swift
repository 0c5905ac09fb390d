import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Sessions of the API")
struct SessionTests {
    /// What a browser keeps.
    private struct Cookies {
        var session = ""
        var csrf = ""

        init(_ answer: APIClient.Answer) {
            for field in answer.head.fields where field.name.lowercased() == "set-cookie" {
                let pair = field.value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
                if pair.first == "sessionid", pair.count == 2 { session = pair[1] }
                if pair.first == "csrftoken", pair.count == 2 { csrf = pair[1] }
            }
        }

        var header: String { "Cookie: csrftoken=\(csrf); sessionid=\(session)" }
        var change: [String] { [header, "X-CSRFToken: \(csrf)", "Content-Type: application/json"] }
    }

    @Test("begin with a password, continue with a cookie, and end", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            let ann = try await admin.newUser("ann")
            let login = try await ann.get("login/", method: "POST")
            #expect(login.status == 201)
            #expect(login.body == ["pulp_href": "/pulp/api/v3/users/2/", "prn": "prn:auth.user:2", "username": "ann"])
            let flags = login.head.fields.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
            #expect(flags.count == 2 && flags[0].contains("HttpOnly") && flags.allSatisfy { $0.contains("SameSite=Lax") })
            let cookies = Cookies(login)
            let browser = ann.with(nil)
            let me = try await browser.get("login/", [cookies.header])
            #expect(me.status == 200 && me["username"] == "ann")
            #expect(me.head["Vary"] == "Accept, Cookie")
            #expect(try await browser.get("remotes/", [cookies.header]).status == 200)
            #expect(try await browser.get("users/", [cookies.header]).status == 403)
            #expect(try await browser.get("login/").status == 401)
            #expect(try await browser.get("login/", ["Cookie: sessionid=0000"]).status == 401)
            #expect(try await browser.get("login/", method: "POST", cookies.change).status == 401, "a cookie begins no session")

            let out = try await browser.get("login/", method: "DELETE", cookies.change)
            #expect(out.status == 204)
            #expect(out.head["Set-Cookie"]?.contains("Max-Age=0") == true)
            #expect(try await browser.get("login/", [cookies.header]).status == 401)
        }
    }

    @Test("let nobody else's page change anything", arguments: DatabaseKind.allCases)
    func forgery(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            let cookies = Cookies(try await admin.get("login/", method: "POST"))
            let browser = admin.with(nil)
            let body = #"{"name": "x"}"#
            let json = "Content-Type: application/json"
            for (headers, reason) in [
                ([cookies.header], "CSRF token missing."), (["Cookie: sessionid=\(cookies.session)"], "CSRF cookie not set."),
                (["Cookie: sessionid=\(cookies.session)", "X-CSRFToken: \(cookies.csrf)"], "CSRF cookie not set."),
                ([cookies.header, "X-CSRFToken: guess"], "CSRF token from the 'X-Csrftoken' HTTP header incorrect."),
                (
                    ["Cookie: csrftoken=own; sessionid=\(cookies.session)", "X-CSRFToken: own"],
                    "CSRF token from the 'X-Csrftoken' HTTP header incorrect."
                ),
            ] as [([String], String)] {
                let answer = try await browser.get("groups/", method: "POST", headers + [json], body: body)
                #expect(answer.status == 403)
                #expect(answer.body == ["detail": .string("CSRF Failed: \(reason)")])
            }
            #expect(try await admin.get("groups/")["count"] == 0)
            #expect(try await browser.get("groups/", method: "POST", cookies.change, body: body).status == 201)
            // Who gives a password needs no token.
            #expect(try await admin.get("groups/", method: "POST", [cookies.header, json], body: #"{"name": "y"}"#).status == 201)
        }
    }

    @Test("users change what is their own, and the password with the old one", arguments: DatabaseKind.allCases)
    func change(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            let ann = try await admin.newUser("ann")
            let cookies = Cookies(try await ann.get("login/", method: "POST"))
            let changed = try await ann.send("PATCH", "login/", ["first_name": "Ann", "email": "ann@example.org"])
            #expect(changed.body == ["username": "ann", "first_name": "Ann", "last_name": "", "email": "ann@example.org"])
            for (body, problem) in [
                (["new_password": "Another-long1"], ["old_password": ["This field is required."]]),
                (["old_password": "x"], ["new_password": ["This field is required."]]),
                (
                    ["old_password": "wrong", "new_password": "Another-long1"],
                    ["old_password": ["Your old password was entered incorrectly. Please enter it again."]]
                ), (["username": "admin"], ["username": ["This field must be unique."]]),
                (["is_staff": true], ["is_staff": ["Unexpected field"]]), (["email": "x"], ["email": ["Enter a valid email address."]]),
            ] as [(JSON, JSON)] {
                let answer = try await ann.send("PATCH", "login/", body)
                #expect(answer.status == 400)
                #expect(answer.body == problem)
            }
            let new: JSON = ["old_password": .string(APIClient.password), "new_password": "Another-long1"]
            #expect(try await ann.status("PATCH", "login/", new) == 200)
            #expect(try await ann.with("ann:Another-long1").get("login/")["username"] == "ann")
            #expect(try await ann.with(nil).get("login/", [cookies.header]).status == 401, "sessions end with the password")
        }
    }

    @Test("no name and no password is too strange to be refused", arguments: DatabaseKind.allCases)
    func strange(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, admin in
            let long = String(repeating: "x", count: 10_240)
            for credentials in [
                "admin:\(long)", "\(long):secret", "admin:secret\u{0}", "admin\u{0}:secret", "admin:sec:ret", "admin:sécret",
                "ädmin:secret",
                ":", "admin:", ":secret", "' OR 1=1 --:x",
            ] {
                let answer = try await admin.with(credentials).get("tasks/")
                #expect(answer.status == 401)
                #expect(answer.body == ["detail": "Invalid username/password."])
            }
            let colon = try await admin.send("POST", "users/", ["username": "ann", "password": "pass:wörd:with"])
            #expect(colon.status == 201)
            #expect(try await admin.with("ann:pass:wörd:with").get("login/").status == 200)
            for header in ["Basic", "Basic !!!", "Basic YWRtaW4="] {
                let answer = try await admin.with(nil).get("tasks/", ["Authorization: \(header)"])
                #expect(answer.status == 401)
                #expect(answer.body == ["detail": "Invalid basic header. Credentials not correctly base64 encoded."])
            }
            #expect(try await admin.with(nil).get("tasks/", ["Authorization: Bearer x"]).status == 401)
        }
    }
}
