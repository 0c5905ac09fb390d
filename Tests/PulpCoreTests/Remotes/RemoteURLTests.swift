import Testing

@testable import PulpCore

@Suite("A remote's URL")
struct RemoteURLTests {
    @Test("is taken apart")
    func parts() throws {
        let url = try RemoteURL("HTTPS://Example.ORG:8443/a/b%20c?d=e#f")
        #expect(url.scheme == .https)
        #expect(url.host == "example.org")
        #expect(url.port == 8443)
        #expect(url.path == "/a/b%20c")
        #expect(url.query == "d=e")
        #expect(url.request == "https://example.org:8443/a/b%20c?d=e")
        #expect(url.redacted == "https://example.org:8443/a/b%20c?…")
        #expect(try RemoteURL("http://[2001:DB8::1]/x").host == "2001:db8::1")
        #expect(try RemoteURL("http://[2001:DB8::1]:81/x").request == "http://[2001:db8::1]:81/x")
        #expect(try RemoteURL("http://a").request == "http://a/")
        #expect(try RemoteURL("http://a?b").request == "http://a/?b")
        #expect(try RemoteURL("http://a/ü|{").request == "http://a/%C3%BC%7C%7B")
        #expect(try RemoteURL("file:///mnt/a%20b/c").path == "/mnt/a b/c")
    }

    @Test(
        "is refused when it could mean two things, or harm",
        arguments: [
            "", "x", "http:", "http:/a", "http://", "http:///x", "//a/x", "http://user:pass@a/", "http://user@a/", "http://a b/",
            " http://a/",
            "http://a/ ", "http://a/\r\nX: y", "http://a/\u{0}", "http://a:0/", "http://a:65536/", "http://a:x/", "http://a:-1/",
            "javascript:alert(1)", "ftp://a/", "gopher://a/", "http://[fe80::1%25eth0]/", "http://[::1", "http://[127.0.0.1]/",
            "http://[::1]x/",
            "http://%31.2.3.4/", "http://exämple.org/", "http://a\\b/", "file://host/x", "file:x", "file:///a%00b", "file:///a%zz",
            "1http://a/",
            "file:///a%FF",
        ])
    func refused(text: String) {
        #expect(throws: InvalidField.self) { try RemoteURL(text) }
    }

    @Test("is refused beyond 8192 bytes")
    func length() {
        #expect(throws: InvalidField.self) { try RemoteURL("http://a/" + String(repeating: "x", count: 8192)) }
    }

    @Test("leads to the paths below its folder")
    func appending() throws {
        let path = try RelativePath("dir/a b%+é.txt")
        #expect(try RemoteURL("http://a/r/PULP_MANIFEST?x").appending(path) == "http://a/r/dir/a%20b%25%2B%C3%A9.txt")
        #expect(try RemoteURL("http://a").appending(path) == "http://a/dir/a%20b%25%2B%C3%A9.txt")
        #expect(try RemoteURL("file:///r/").appending(path) == "file:///r/dir/a%20b%25%2B%C3%A9.txt")
    }

    @Test("shows no secret in a message, even when it is none")
    func redaction() {
        #expect(RemoteURL.redacted("http://user:secret@a/x?token=secret") == "\"http://a/x\"")
        #expect(RemoteURL.redacted("http://user:se@cret@a/x").contains("cret") == false)
        #expect(RemoteURL.redacted("http://a/x?token=secret") == "http://a/x?…")
    }
}
