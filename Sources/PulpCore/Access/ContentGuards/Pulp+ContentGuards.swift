extension Pulp {
    /// The kinds of content guard that the core itself brings.
    static let ownContentGuards: [any ContentGuardKind.Type] = [
        RBACContentGuard.self, ContentRedirectContentGuard.self, HeaderContentGuard.self, CompositeContentGuard.self,
    ]
}
