import PulpCore

extension Resource {
    /// The kind's path below the API's root, without slashes at its ends: `remotes/file/file`.
    static var apiPath: String { "\(schema.table.path)/\(schema.path)" }
    /// `file.fileremote`.
    static var apiModel: String { schema.model }
    /// `file.file`.
    static var apiType: String { schema.type }
    static var apiTable: ResourceTable { schema.table }

    /// What OpenAPI documents call the kind: `file.FileRemote`; the core's kinds have no prefix.
    static var apiName: String { plugin == "core" ? typeWord : "\(plugin).\(typeWord)" }

    /// What they call its href: `file_file_remote_href`.
    static var apiHref: String {
        let words = String(typeWord.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined().dropFirst())
        return plugin == "core" ? "\(words)_href" : "\(plugin)_\(words)_href"
    }

    static var apiPaths: ResourcePaths { ResourcePaths(apiPath, href: apiHref) }

    private static var plugin: Substring { schema.type.prefix { $0 != "." } }
    /// The type's name; of a generic one, letters and digits alone.
    private static var typeWord: String { String("\(Self.self)".filter { $0.isLetter || $0.isNumber }) }
}
