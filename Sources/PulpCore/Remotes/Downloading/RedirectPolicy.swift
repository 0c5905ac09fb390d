/// Where redirects may lead, and what a request may carry there.
enum RedirectPolicy {
    static let maximumHops = 10

    /// The URL to go to.
    /// - Parameter hop: how many redirects were followed before this one.
    /// - Throws: ``PulpError`` when it is too far, not HTTP, or gives up encryption.
    static func target(of location: String, from url: RemoteURL, hop: Int) throws(PulpError) -> RemoteURL {
        guard hop < maximumHops else {
            throw PulpError(.http, "\(url.redacted): more than \(maximumHops) redirects")
        }
        let target: RemoteURL
        do { target = try url.resolving(location) } catch {
            throw PulpError(.urlScheme, "\(url.redacted): refusing the redirect to \(RemoteURL.redacted(location)): \(error.message)")
        }
        guard target.scheme != .file else {
            throw PulpError(.urlScheme, "\(url.redacted): refusing the redirect to a file URL")
        }
        guard url.scheme != .https || target.scheme == .https else {
            throw PulpError(.urlScheme, "\(url.redacted): refusing the redirect from https to \(target.redacted)")
        }
        return target
    }

    /// Whether a URL may see the secrets of a remote: its credentials, its own headers, its client certificate.
    ///
    /// They belong to the remote's origin; of another origin, only the same host with encryption instead of none is trusted.
    static func mayCarrySecrets(to url: RemoteURL, of home: RemoteURL) -> Bool {
        guard url.host == home.host else { return false }
        if url.scheme == home.scheme, url.effectivePort == home.effectivePort { return true }
        return home.scheme == .http && url.scheme == .https && home.effectivePort == 80 && url.effectivePort == 443
    }
}
