extension SecretBox {
    /// A task's arguments as the database keeps them: sealed, since they may name what is nobody's business.
    func seal(arguments task: some Encodable) throws -> String { try seal(JSON(encoding: task).text) }

    /// What ``seal(arguments:)`` sealed.
    ///
    /// Arguments in clear text, which earlier releases wrote, are read as they are: no JSON begins like a sealed text.
    /// - Throws: ``PulpError`` with `systemState` when they were sealed with another key.
    func open(arguments text: String) throws -> JSON {
        try JSON(parsing: text.hasPrefix(Self.prefix) ? open(sealed: text) : text)
    }

    private static let prefix = "1:"
}
