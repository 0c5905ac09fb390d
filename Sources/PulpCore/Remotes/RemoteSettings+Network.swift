extension RemoteSettings {
    /// The fields that say how to fetch, whatever is fetched.
    public static let networkFields: [Field<Self>] = fields.filter { !["name", "url", "policy", "pulp_labels"].contains($0.name) }

    /// Settings for one file, which need no remote.
    /// - Parameters:
    ///   - url: `http` or `https`; files of the machine are for remotes.
    ///   - network: members of ``networkFields``, secrets among them.
    /// - Throws: ``ValidationError`` with everything that is wrong, with the field `url` for the URL.
    public init(fetching url: String, network: JSON.Object = [:]) throws(ValidationError) {
        self.init(url: url)
        try Self.networkFields.apply(network, to: &self, .create)
        let location: RemoteURL
        do { location = try RemoteURL(url) } catch { throw ValidationError("url", error.message) }
        guard location.scheme != .file else { throw ValidationError("url", "The URL scheme 'file' is not supported; use http or https.") }
        try validate()
    }
}
