import Testing

@testable import PulpServer

@Suite("The name of a file in a form")
struct FormNameTests {
    @Test(
        "is read as clients write it",
        arguments: [
            (#"filename="a.txt""#, "a.txt"), ("filename=a.txt", "a.txt"), (#"filename="""#, ""), (#"filename="a b;c=d""#, "a b;c=d"),
            // Browsers and urllib3 2; urllib3 1 and curl; Go.
            (#"filename="a%22b%0D%0Ac""#, "a\"b\r\nc"), (#"filename="a\\b%22c""#, #"a\b"c"#), (#"filename="a\"b""#, #"a"b"#),
            // Paths of Windows, and what only looks like an escape.
            (#"filename="C:\dir\a.txt""#, #"C:\dir\a.txt"#), (#"filename="100%.txt""#, "100%.txt"), (#"filename="%41%2F""#, "%41%2F"),
            (#"filename="naïve 📦.deb""#, "naïve 📦.deb"), ("filename=\"\u{301}x\"", "\u{301}x"),
            (#"filename="plain"; filename*=utf-8''na%C3%AFve"#, "plain"), (#"filename*=UTF-8''na%C3%AFve"#, "naïve"),
            (#"FileName = "a" ;"#, "a"),
        ])
    func names(parameter: String, expected: String) {
        let body = FormSamples.body([("name=\"f\"; \(parameter)", [])])
        #expect(Reading(body, boundary: FormSamples.boundary).texts == ["f[\(expected)]="])
    }
}
