import ArgumentParser
import PulpCore

/// `content-guard`: who is let in to what a distribution serves.
struct ContentGuardNoun: ParsableCommand {
    static var configuration: CommandConfiguration {
        .noun(
            "content-guard", "Who is let in to what a distribution serves.",
            examples: [
                "content-guard header create --name partners --header-name X-Partner --header-value gold",
                "content-guard composite create --name both --guard partners --guard staff",
                "file distribution update --name d --content-guard both",
            ],
            verbs: [
                List<AllContentGuards>.self, ContentGuardKindNoun<RBACContentGuard>.self, ContentGuardKindNoun<HeaderContentGuard>.self,
                ContentGuardKindNoun<CompositeContentGuard>.self, ContentGuardKindNoun<ContentRedirectContentGuard>.self,
            ])
    }
}

/// `content-guard header` and its like.
struct ContentGuardKindNoun<G: ContentGuardKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        .noun(
            name, G.schema.summary,
            verbs: [Create<G>.self, List<OneKind<G>>.self, Show<G>.self, Update<G>.self, Destroy<G>.self])
    }

    /// The last part of the type, without what every guard is about: `redirect` of `core.content_redirect`.
    private static var name: String {
        let kind = G.schema.type.split(separator: ".").last.map(String.init) ?? G.schema.type
        return FieldOption.dashed(kind.hasPrefix("content_") ? String(kind.dropFirst("content_".count)) : kind)
    }
}
