import PulpCore

/// The releases of Pulp 3 whose API this server speaks: clients choose their behaviour by them.
enum Compatibility {
    /// The release of pulpcore.
    static let core = "3.123.1"

    /// The components in the order of the status: the core, then the plugins.
    ///
    /// A plugin's version is that of the Pulp plugin it stands in for.
    static func components(_ plugins: [Plugin]) -> [(name: String, version: String, package: String, module: String)] {
        [("core", core, "pulpcore", "pulpcore.app")]
            + plugins.map { ($0.name, $0.version, "pulp_\($0.name)", "pulp_\($0.name).app") }
    }
}
