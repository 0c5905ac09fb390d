import NIOCore
import Testing

@testable import PulpCore

@Suite struct ListingTests {
    @Test func aPageLooksLikeThis() {
        let moment = Timestamp(year: 2026, month: 11, day: 21, hour: 9, minute: 5)
        let listing = Listing(
            path: "/pulp/content/debian/", isRoot: false,
            entries: [
                Listing.Entry("dists/"),
                Listing.Entry("pool/", modified: moment),
                Listing.Entry("Release", modified: moment, size: 4_200_000),
                Listing.Entry("a&b", modified: moment),
            ])
        let pad = { (name: String) in String(repeating: " ", count: 100 - name.count) }
        #expect(
            String(buffer: listing.html()) == """
                <!DOCTYPE html>
                <html>
                <head><meta charset="utf-8"><title>Index of /pulp/content/debian/</title></head>
                <body>
                <h1>Index of /pulp/content/debian/</h1>
                <hr><pre><a href="../">../</a>
                <a href="dists/">dists/</a>
                <a href="pool/">pool/</a>\(pad("pool/"))21-Nov-2026 09:05
                <a href="Release">Release</a>\(pad("Release"))21-Nov-2026 09:05  4.2 MB
                <a href="a%26b">a&amp;b</a>\(pad("a&b"))21-Nov-2026 09:05
                </pre><hr>
                </body>
                </html>

                """)
    }

    @Test func theRootHasNothingAbove() {
        let page = String(buffer: Listing(path: "/pulp/content/", isRoot: true, entries: [Listing.Entry("a/b/")]).html())
        #expect(!page.contains("../"))
        #expect(page.contains("<pre><a href=\"a/b/\">a/b/</a>\n"))
    }

    /// Names come from upstreams: none of them can leave its line, its link or its text.
    @Test(arguments: [
        ("<script>alert(1)</script>/", "%3Cscript%3Ealert(1)%3C/script%3E/", "&lt;script&gt;alert(1)&lt;/script&gt;/"),
        ("a\"onclick='x", "a%22onclick%3D%27x", "a&#34;onclick=&#39;x"),
        ("&lt;", "%26lt%3B", "&amp;lt;"),
        ("%2e%2e", "%252e%252e", "%2e%2e"),
        ("a b", "a%20b", "a b"),
        ("javascript:alert(1)", "./javascript:alert(1)", "javascript:alert(1)"),
        ("1:2.0-1.deb", "./1:2.0-1.deb", "1:2.0-1.deb"),
        ("g++_4~rc+1.deb", "g++_4~rc+1.deb", "g++_4~rc+1.deb"),
        ("é", "%C3%A9", "é"),
        ("x\r\ny", "x%0D%0Ay", "x\r\ny"),
    ])
    func namesAreEscaped(name: String, href: String, text: String) {
        let page = String(buffer: Listing(path: "/<b>/", isRoot: true, entries: [Listing.Entry(name)]).html())
        #expect(page.contains("<a href=\"\(href.replacing("%3D", with: "="))\">\(text)</a>"))
        #expect(page.contains("<title>Index of /&lt;b&gt;/</title>"))
    }

    @Test(arguments: [
        (0, "0 Bytes"), (1, "1 Byte"), (999, "999 Bytes"), (1000, "1.0 kB"), (1049, "1.0 kB"), (1050, "1.1 kB"),
        (999_949, "999.9 kB"), (999_950, "1.0 MB"), (4_200_000, "4.2 MB"), (1_500_000_000, "1.5 GB"),
        (Int64.max, "9.2 EB"),
    ])
    func sizesAreForPeople(bytes: Int64, text: String) {
        #expect(ByteCount.humanized(bytes) == text)
    }
}
