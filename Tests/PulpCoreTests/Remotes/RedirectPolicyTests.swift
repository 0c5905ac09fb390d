import Testing

@testable import PulpCore

@Suite("The redirect policy")
struct RedirectPolicyTests {
    private func target(_ location: String, from url: String, hop: Int = 0) throws -> String {
        try RedirectPolicy.target(of: location, from: try RemoteURL(url), hop: hop).description
    }

    @Test(
        "goes where a Location means, seen from the URL before",
        arguments: [
            ("https://b/x", "http://b/x"), ("//b/x?y", "http://b/x?y"), ("/x", "http://a/x"), ("x", "http://a/d/x"), ("../x", "http://a/x"),
            ("../../../x", "http://a/x"), ("?z", "http://a/d/f?z"), ("./", "http://a/d/"), ("..", "http://a/"),
            ("x/./y/../z", "http://a/d/x/z"),
            ("#part", "http://a/d/f?q"), ("", "http://a/d/f?q"),
        ])
    func location(location: String, expected: String) throws {
        let expected = location.hasPrefix("https") ? location : expected
        #expect(try target(location, from: "http://a/d/f?q") == expected)
    }

    @Test(
        "never goes to what is not HTTP, never from https to http, never to credentials",
        arguments: [
            "file:///etc/passwd", "ftp://b/x", "javascript:alert(1)", "gopher://b/", "http://b/x", "//user:pass@b/x",
            "https://[fe80::1%25lo]/",
            "https://b:99999/", "https:b", "data:text/plain,x", "https://%31%36%39.254.169.254/", "/a b", "/a\r\nX: y",
        ])
    func refused(location: String) throws {
        let error = #expect(throws: PulpError.self) { try target(location, from: "https://a/x") }
        #expect(error?.code == .urlScheme)
        #expect(error?.message.contains("pass@") == false)
    }

    @Test("goes ten times and not once more")
    func hops() throws {
        #expect(try target("/x", from: "http://a/", hop: 9) == "http://a/x")
        #expect(throws: PulpError.self) { try target("/x", from: "http://a/", hop: 10) }
    }

    @Test(
        "takes secrets to the remote's origin, and to the same host with encryption",
        arguments: [
            ("http://a/x", "http://a/y", true), ("http://a/x", "http://A:80/y", true), ("http://a/x", "https://a/y", true),
            ("https://a/x", "https://a:443/y", true), ("https://a/x", "http://a/y", false), ("http://a/x", "http://b/y", false),
            ("http://a/x", "http://a:8080/y", false), ("http://a:8080/x", "https://a/y", false), ("http://a/x", "https://a:8443/y", false),
            ("http://a/x", "http://a.b/y", false), ("http://a.b/x", "http://b/y", false),
        ])
    func secrets(home: String, url: String, allowed: Bool) throws {
        #expect(RedirectPolicy.mayCarrySecrets(to: try RemoteURL(url), of: try RemoteURL(home)) == allowed)
    }
}
