public import PulpCore

extension Plugin {
    /// Plain files, listed by a manifest: `PULP_MANIFEST` with a line `path,sha256,size` for each.
    public static var file: Plugin {
        Plugin(
            "file", version: "3.123.1", contents: [FileContent.self], remotes: [FileRemote.self],
            repositories: [FileRepository.self], publications: [FilePublication.self],
            distributions: [FileDistribution.self], tasks: [SynchronizeFiles.self, PublishFiles.self])
    }
}
