import NIOCore
import PulpCore
import PulpTesting
import Testing

@testable import PulpS3

@Suite("An answer of the object store")
struct AnswerTests {
    private func parse(_ text: String) throws -> XMLAnswer { try XMLAnswer(ByteBuffer(string: text)) }

    @Test("is read with its attributes, comments and entities passed over or decoded")
    func reads() throws {
        let answer = try parse(
            "\u{FEFF}<?xml version=\"1.0\"?>\n<!-- c --><r:List xmlns:r='a>b'><A>x &lt;&amp;&quot;&#39;&#x20AC;&gt;</A><B/><A a=\"1\"> y </A>"
                + "<C><K>1</K></C></r:List>\n")
        #expect(answer.name == "List" && answer.all("A").map(\.text) == ["x <&\"'€>", " y "])
        #expect(answer.text(of: "B") == "" && answer.text(of: "D") == nil)
        #expect(answer.all("C").first?.text(of: "K") == "1")
    }

    @Test(
        "that is not well-formed, or has what S3 never sends, is refused",
        arguments: [
            "", "x", "<a>", "<a></b>", "<a/><b/>", "<a", "<a><b></a></b>", "<a>&nope;</a>", "<a>&#xD800;</a>", "<a>&amp</a>", "</a>",
            "<>x</>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><![CDATA[x]]></a>", "<a><!-- </a>", "<a x='1></a>", "<a>\u{0}</a",
        ])
    func refuses(text: String) {
        #expect(throws: PulpError.self) { _ = try parse(text) }
    }

    @Test("is limited in depth, number and size")
    func limits() {
        let deep = String(repeating: "<a>", count: 50) + String(repeating: "</a>", count: 50)
        #expect(throws: PulpError.self) { _ = try parse(deep) }
        #expect(throws: PulpError.self) { _ = try parse("<a>\(String(repeating: "<b/>", count: 20_001))</a>") }
        #expect(throws: PulpError.self) { _ = try parse("<a>\(String(repeating: "x", count: 9 << 20))</a>") }
    }

    @Test("does not crash the reader, whatever bytes it has")
    func random() {
        var random = SplitMix(seed: 3)
        let pieces = ["<", ">", "/", "a", "<a>", "</a>", "&", ";", "amp", "\"", "'", "<!--", "-->", "<?", "?>", " ", "=", "\u{FF}"]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<20, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            // Whether it is refused is not the question here.
            _ = try? parse(text)
        }
    }
}

@Suite("An endpoint")
struct EndpointTests {
    private func endpoint(_ bucket: String, _ url: String?, _ style: S3Configuration.Addressing) throws -> S3Endpoint {
        var configuration = S3Configuration(bucket: bucket)
        (configuration.endpoint, configuration.addressing, configuration.region) = (url, style, "eu-north-1")
        return try S3Endpoint(configuration)
    }

    @Test(
        "names the bucket in the host or in the path",
        arguments: [
            ("bucket", nil, .auto, "https://bucket.s3.eu-north-1.amazonaws.com/k"),
            ("buck.et", nil, .auto, "https://s3.eu-north-1.amazonaws.com/buck.et/k"),
            ("bucket", nil, .path, "https://s3.eu-north-1.amazonaws.com/bucket/k"),
            ("bucket", "http://minio:9000/", .auto, "http://minio:9000/bucket/k"),
            ("bucket", "http://minio:9000", .virtual, "http://bucket.minio:9000/k"),
            ("bucket", "https://h/base//", .path, "https://h/base/bucket/k"),
            ("bucket", "https://[::1]:1", .path, "https://[::1]:1/bucket/k"),
        ] as [(String, String?, S3Configuration.Addressing, String)])
    func addresses(bucket: String, url: String?, style: S3Configuration.Addressing, expected: String) throws {
        let endpoint = try endpoint(bucket, url, style)
        #expect(endpoint.origin + endpoint.path(of: "k") == expected)
        #expect(endpoint.origin.hasSuffix("//\(endpoint.host)"))
    }

    @Test(
        "that is no URL, or a bucket that is none, is refused",
        arguments: [
            ("bucket", "minio:9000"), ("bucket", "file:///x"), ("bucket", "http://h?x=1"), ("b", "http://h"), ("a/b/c", "http://h"),
            ("a b c", "http://h"), ("", "http://h"),
        ])
    func refused(bucket: String, url: String) {
        #expect(throws: PulpError.self) { _ = try endpoint(bucket, url, .auto) }
    }
}

@Suite("The parts of an upload")
struct PartPlanTests {
    @Test("cover an artifact of any size without a gap, at most 10,000 of them, none but the last too small")
    func cover() {
        var random = SplitMix(seed: 1)
        var sizes: [Int64] = [0, 1, 5 << 20, (5 << 20) + 1, 8 << 20, 5 << 40]
        for _ in 0..<200 { sizes.append(Int64.random(in: 0..<(1 << Int64.random(in: 1..<42, using: &random)), using: &random)) }
        for size in sizes {
            let plan = PartPlan(size: size, partSize: Int64.random(in: 1..<(64 << 20), using: &random))
            let parts = plan.parts
            #expect(parts.count <= 10_000 && plan.partSize >= 5 << 20)
            #expect(parts.first?.lowerBound ?? 0 == 0 && parts.last?.upperBound ?? 0 == size)
            #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect(parts.dropLast().allSatisfy { Int64($0.count) == plan.partSize })
            #expect(plan.isSingle == (parts.count <= 1))
        }
    }
}
