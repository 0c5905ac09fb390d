import Testing

@testable import PulpServer

@Suite("A request target")
struct RequestPathTests {
    @Test(
        "is decoded once",
        arguments: [
            ("/a/b", "/a/b"), ("/a/b/", "/a/b/"), ("/", "/"), ("/a%20b", "/a b"), ("/a%2Bb+c", "/a+b+c"), ("/a?x=/../y", "/a"),
            ("/%e2%82%ac", "/€"), ("/%252e%252e/x", "/%2e%2e/x"), ("/...", "/..."), ("/.a/..b", "/.a/..b"),
            ("http://host/a/b", "/a/b"), ("HTTPS://host:1/a%20b?c", "/a b"), ("/?", "/"),
        ])
    func decoded(target: String, path: String) throws {
        #expect(Array(try RequestPath.decode(target).utf8) == Array(path.utf8))
    }

    @Test(
        "that leads elsewhere leads nowhere",
        arguments: [
            "/../etc/passwd", "/a/../b", "/a/..", "/./a", "/a/.", "/%2e%2e/%2e%2e/etc/passwd", "/.%2e/x", "/%2E/x", "/a/%2e%2e",
            "/a%2fb", "/%2F%2F..%2F", "/..%5c", "/a%5cb", "/a\\b", "//etc/passwd", "/a//b", "/a/..?x", "http://host/../x",
        ])
    func nowhere(target: String) {
        #expect(throws: RequestPath.Refusal.nothingThere) { try RequestPath.decode(target) }
    }

    @Test(
        "that is malformed is refused",
        arguments: [
            "", "*", "a/b", "host:443", "/a%", "/a%2", "/a%zz", "/a%00b", "/a%0d%0ab", "/a%7f", "/%c0%ae%c0%ae/x", "/%ff",
            "/%ed%a0%80", "/a#b", "http://", "http:///x", "ftp://host/x", "http://host", "/a b", "/%e2%82",
        ])
    func malformed(target: String) {
        #expect(throws: RequestPath.Refusal.malformed) { try RequestPath.decode(target) }
    }

    @Test("comes out of every path that it may come from")
    func roundTrip() throws {
        let characters = Array("abcäé€𝕏 %?#&+=:;,@!$'()*~._-\"<>[]{}|^`".unicodeScalars)
        for _ in 0..<1000 {
            var path = ""
            for _ in 0..<Int.random(in: 1...4) {
                path += "/x"
                for _ in 0..<Int.random(in: 0...6) { characters.randomElement().map { path.unicodeScalars.append($0) } }
            }
            let encoded = RequestPath.encode(path)
            #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            #expect(Array(try RequestPath.decode(encoded).utf8) == Array(path.utf8))
        }
    }

    @Test("never gives a path with a segment of dots, however it was spelled")
    func property() {
        let pieces = ["/", "/", ".", "..", "%2e", "%2E", "%2f", "%5c", "\\", "a", "%61", "%25", "2e", "?", "%00", "%c0%ae"]
        for _ in 0..<5000 {
            let target = "/" + (0..<Int.random(in: 0...8)).compactMap { _ in pieces.randomElement() }.joined()
            // What is refused cannot be there.
            guard let path = try? RequestPath.decode(target) else { continue }
            let segments = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            #expect(!segments.dropLast().contains { $0.isEmpty }, "\(target)")
            #expect(!segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }, "\(target)")
            #expect(!path.utf8.contains(UInt8(ascii: "\\")) && !path.utf8.contains(0), "\(target)")
        }
    }
}

@Suite("A content type")
struct ContentTypeTests {
    @Test(
        "goes by the end of the name",
        arguments: [
            ("a-1.rpm", "application/x-rpm"), ("x.DEB", "application/vnd.debian.binary-package"), ("primary.xml.gz", "application/gzip"),
            ("repomd.xml", "application/xml"), ("Packages", "application/octet-stream"), ("f.bin", "application/octet-stream"),
            (".gz", "application/octet-stream"), ("a.", "application/octet-stream"), ("index.html", "text/html; charset=utf-8"),
            ("comps.xml.zst", "application/zstd"), ("d.iso", "application/x-iso9660-image"), ("é.txt", "text/plain; charset=utf-8"),
        ])
    func type(name: String, expected: String) {
        #expect(ContentType.of(name).description == expected)
    }
}

@Suite("An LRU cache")
struct LRUCacheTests {
    @Test("behaves as a list of what was used last")
    func property() {
        var cache = LRUCache<Int, Int>(capacity: 20)
        var model: [(key: Int, value: Int, cost: Int)] = []
        for step in 0..<5000 {
            let key = Int.random(in: 0..<12)
            switch Int.random(in: 0..<4) {
            case 0:
                cache.remove(key)
                model.removeAll { $0.key == key }
            case 1:
                let cost = Int.random(in: 1...22)
                cache.insert(step, for: key, cost: cost)
                model.removeAll { $0.key == key }
                if cost <= 20 {
                    while model.reduce(0, { $0 + $1.cost }) + cost > 20 { model.removeFirst() }
                    model.append((key, step, cost))
                }
            default:
                let found = model.firstIndex { $0.key == key }
                #expect(cache.value(for: key) == found.map { model[$0].value })
                if let found { model.append(model.remove(at: found)) }
            }
            #expect(cache.cost == model.reduce(0) { $0 + $1.cost })
            #expect(cache.count == model.count)
        }
    }
}
