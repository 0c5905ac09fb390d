internal import PulpCore

/// The file of credentials that AWS's tools share (`~/.aws/credentials`): sections in brackets, `name = value` in lines.
enum CredentialsFile {
    /// The credentials of a section.
    /// - Throws: ``PulpError`` that names the file and the profile when there is no such section, or it has no key.
    static func credentials(in text: String, profile: String, path: String) throws(PulpError) -> S3Credentials {
        var values: [String: String] = [:]
        var isFound = false
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInside = trimmed(line.dropFirst().dropLast()) == profile
                isFound = isFound || isInside
            } else if isInside, let equals = line.firstIndex(of: "=") {
                values[trimmed(line[..<equals]).lowercased()] = trimmed(line[line.index(after: equals)...])
            }
        }
        guard isFound else { throw PulpError(.systemState, "\(path) has no profile \(profile)") }
        guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"], !key.isEmpty, !secret.isEmpty else {
            throw PulpError(.systemState, "the profile \(profile) in \(path) has no aws_access_key_id or no aws_secret_access_key")
        }
        return S3Credentials(accessKeyID: key, secretAccessKey: secret, sessionToken: values["aws_session_token"])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
        let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? start
        return String(text[start..<end])
    }
}
