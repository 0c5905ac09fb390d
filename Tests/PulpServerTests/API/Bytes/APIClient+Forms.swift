import Foundation
import PulpCore
import PulpTesting

@testable import PulpServer

/// A part of a form that a test sends.
enum FormField {
    case text(String, String)
    case file(String, [UInt8], named: String = "file.bin")

    var part: (header: String, bytes: [UInt8]) {
        switch self {
        case .text(let name, let value): ("name=\"\(name)\"", Array(value.utf8))
        case .file(let field, let bytes, let name): ("name=\"\(field)\"; filename=\"\(name)\"", bytes)
        }
    }
}

extension APIClient {
    /// Sends a form of several parts.
    func form(_ method: String, _ path: String, _ fields: [FormField], _ headers: [String] = []) async throws -> Answer {
        let body = FormSamples.body(fields.map(\.part))
        try await client.send(head(method, path, headers + ["Content-Length: \(body.count)"]) + body)
        return try await answer()
    }

    /// The head of a request that brings a form.
    func head(_ method: String, _ path: String, _ headers: [String]) -> [UInt8] {
        var lines = ["\(method) \(path.hasPrefix("/") ? path : "/pulp/api/v3/" + path) HTTP/1.1", "Host: pulp.example"] + headers
        if let credentials { lines.append("Authorization: Basic \(Data(credentials.utf8).base64EncodedString())") }
        lines.append("Content-Type: multipart/form-data; boundary=\(FormSamples.boundary)")
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    func answer() async throws -> Answer {
        let response = try await client.response()
        return Answer(status: response.status, body: response.text.isEmpty ? .null : try JSON(parsing: response.text), head: response)
    }
}

/// What a test knows of bytes that it sends.
func sha256(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256]) }[.sha256] ?? ""
}
