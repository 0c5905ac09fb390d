import PulpCore
import Testing

@testable import PulpS3

/// The examples of "Signature calculations: transferring payload in a single chunk" and "Authenticating requests: using query
/// parameters" in the Amazon S3 API Reference.
@Suite struct SignatureTests {
    private static let date = Timestamp(year: 2013, month: 5, day: 24)
    private static let signature = SignatureV4(
        credentials: S3Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")
    private static let nothing = SHA256Digest.ofNothing.hex

    private static func request(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [], _ headers: [(name: String, value: String)] = [],
        hash: String = nothing
    ) -> SignatureV4.Request {
        SignatureV4.Request(
            method: method, path: S3URI.path(path), query: query,
            headers: [("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", hash)]
                + headers, payloadHash: hash)
    }

    private static let examples: [(SignatureV4.Request, String)] = [
        (
            request("GET", "/test.txt", [("Range", "bytes=0-9")]), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        (
            request(
                "PUT", "/test$file.text", [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                hash: SHA256.hex("Welcome to Amazon S3.".utf8)),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        (request("GET", "/", query: [("lifecycle", "")]), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            request("GET", "/", query: [("prefix", "J"), ("max-keys", "2")]),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: 0..<4)
    func requestsAreSignedAsInAmazonsExamples(index: Int) {
        let (request, expected) = Self.examples[index]
        let authorization = Self.signature.authorization(for: request, at: Self.date)
        #expect(authorization.hasSuffix("Signature=\(expected)"))
        #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"))
    }

    @Test func theCanonicalRequestAndItsHashAreThoseOfTheExample() {
        let canonical = SignatureV4.canonical(Self.examples[0].0)
        #expect(
            canonical == """
                GET
                /test.txt

                host:examplebucket.s3.amazonaws.com
                range:bytes=0-9
                x-amz-content-sha256:\(Self.nothing)
                x-amz-date:20130524T000000Z

                host;range;x-amz-content-sha256;x-amz-date
                \(Self.nothing)
                """)
        #expect(
            Self.signature.stringToSign(canonical, at: Self.date) == """
                AWS4-HMAC-SHA256
                20130524T000000Z
                20130524/us-east-1/s3/aws4_request
                7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972
                """)
    }

    @Test func urlsAreSignedAsInAmazonsExample() {
        let request = SignatureV4.Request(
            method: "GET", path: "/test.txt", headers: [("host", "examplebucket.s3.amazonaws.com")],
            payloadHash: SignatureV4.unsignedPayload)
        let query = Self.signature.presignedQuery(for: request, at: Self.date, seconds: 86400)
        #expect(query.last?.value == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        #expect(S3URI.query(query).contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"))
    }

    @Test func spacesInHeadersAreFolded() {
        let request = SignatureV4.Request(method: "GET", path: "/", headers: [("Host", "h"), ("My-Header", "  a   b  ")], payloadHash: "x")
        #expect(SignatureV4.canonical(request).contains("\nmy-header:a b\n"))
    }

    @Test func allButUnreservedCharactersAreEncoded() {
        #expect(S3URI.path("a/ü +~*'()&=x") == "a/%C3%BC%20%2B~%2A%27%28%29%26%3Dx")
        #expect(S3URI.query([("b", "2"), ("a", "/ +"), ("a", "")]) == "a=&a=%2F%20%2B&b=2")
        #expect(S3URI.decoded("a%2Fb+c%C3%BC") == "a/b cü")
        #expect(S3URI.decoded("%2") == nil)
        #expect(S3URI.decoded("%FF") == nil)
    }

    @Test func aSecretIsNeverShown() {
        let credentials = S3Credentials(accessKeyID: "id", secretAccessKey: "hidden", sessionToken: "token")
        var configuration = S3Configuration(bucket: "bucket")
        configuration.credentials = credentials
        for text in ["\(credentials)", "\(configuration)", String(reflecting: credentials), String(reflecting: configuration)] {
            #expect(!text.contains("hidden") && !text.contains("token"))
        }
    }
}
