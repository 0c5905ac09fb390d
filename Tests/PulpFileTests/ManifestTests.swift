import PulpCore
import Testing

@testable import PulpFile

@Suite("A manifest's lines")
struct ManifestTests {
    private let digest = String(repeating: "a1", count: 32)

    @Test("A line is split from its right, so that names may hold commas")
    func commas() throws {
        let entry = try ManifestEntry(line: "a,b/c,d.txt,\(digest),17")
        #expect(entry.path.description == "a,b/c,d.txt")
        #expect(entry.digest.hex == digest)
        #expect(entry.size == 17)
        #expect(entry.line == "a,b/c,d.txt,\(digest),17\n")
    }

    @Test("Digests are read in any case and written in lower case")
    func letterCase() throws {
        #expect(try ManifestEntry(line: "a,\(digest.uppercased()),0").digest.hex == digest)
    }

    @Test("Spaces around the digest and the size are no part of them; those of the name are")
    func spaces() throws {
        let entry = try ManifestEntry(line: " a b , \(digest) ,  7 ")
        #expect((entry.path.description, entry.digest.hex, entry.size) == (" a b ", digest, 7))
        #expect(throws: PulpError.self) { try ManifestEntry(line: "a,\(digest.dropLast()) ,7") }
        #expect(throws: PulpError.self) { try ManifestEntry(line: "a,\(digest.prefix(32)) \(digest.suffix(31)),7") }
    }

    @Test(
        "What cannot be a file is refused with the number of its line",
        arguments: [
            ("../../etc/cron.d/x,D,1", "\"..\""), ("/etc/passwd,D,1", "absolute"), ("a//b,D,1", "empty segment"),
            ("a/./b,D,1", "\".\""), ("a/,D,1", "empty segment"), (",D,1", "empty"), ("a\tb,D,1", "control character"),
            ("a\u{0}b,D,1", "control character"), ("a\rb,D,1", "control character"), ("a?b,D,1", "?"), ("a#b,D,1", "#"),
            ("a,D,-1", "number of bytes"), ("a,D,many", "number of bytes"), ("a,D,99999999999999999999", "number of bytes"),
            ("a,d41d8cd98f00b204e9800998ecf8427e,1", "sha256"), ("a,D0,1", "sha256"), ("a", "expected"), ("a,1", "expected"),
        ])
    func refused(line: String, why: String) throws {
        let text = line.replacing(",D,", with: ",\(digest),").replacing(",D0,", with: ",\(digest)0,")
        let error = #expect(throws: PulpError.self) { try ManifestEntry(line: text) }
        #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    }

    @Test("Names and segments that no file system takes are refused by their length")
    func lengths() throws {
        for path in [String(repeating: "x", count: 256), String(repeating: "x/", count: 2048) + "x"] {
            let error = #expect(throws: PulpError.self) { try ManifestEntry(line: "\(path),\(digest),1") }
            #expect(error?.message.contains("bytes") == true)
        }
        _ = try ManifestEntry(line: "\(String(repeating: "x", count: 255)),\(digest),1")
    }
}
