/// Lets in requests for a path that Pulp itself has signed, for an hour.
public struct ContentRedirectContentGuard: ContentGuardKind {
    /// What every guard knows.
    public var contentGuard = ContentGuardSettings()

    /// A guard with every field at its default.
    public init() {}

    /// A guard with a name.
    public init(name: String) { contentGuard = ContentGuardSettings(name: name) }

    /// Pulp's `core.content_redirect`.
    public static let schema = Schema<Self>(
        .contentGuard, "core.content_redirect", model: "core.contentredirectcontentguard", path: "core/content_redirect",
        "Lets in requests for paths that were signed here."
    ) {
        Embed(\.contentGuard, ContentGuardSettings.fields)
    }

    /// Looks at the signature in the query.
    public static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest? {
        guard let secret = secrets.secret(of: record.id.prn) else {
            return .nobody("This server has no key to check signatures with.")
        }
        let signature = PathSignature(secret: secret)
        return .condition { signature.verdict(on: $0) }
    }
}

extension Pulp {
    /// The URL of a guarded path, signed so that the guard lets in who has it, for a while.
    /// - Parameters:
    ///   - path: the base path of a distribution and what lies below it, not encoded.
    ///   - id: a guard of that distribution, or a part of its guard.
    ///   - validity: an hour as Pulp has it, unless something else is said.
    /// - Throws: ``PulpError`` with `notFound` when there is no such guard, with `systemState` when this process has no key.
    public func signedURL(
        path: String, by id: ID<ContentRedirectContentGuard>, for validity: Duration = .seconds(3600)
    ) async throws -> String {
        let record = try await get(id)
        guard let secret = GuardSecrets(box: resources.box).secret(of: record.id.prn) else {
            throw PulpError(.systemState, "this process has no key to sign with: copy the key file of the first process")
        }
        let signed = try PathSignature(secret: secret).sign(settings.contentPathPrefix + path, until: .now + validity)
        return settings.contentOrigin + signed
    }
}
