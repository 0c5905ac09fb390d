import PulpCore

/// A form that was read to its end.
struct Form: Sendable {
    /// A field that is a text; the same name may come again.
    struct Text: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// A field that is a file.
    struct File: Sendable {
        let part: FormPart
        /// The bytes, finished: to be committed while the form is used, or they are discarded.
        let staged: any StagedArtifact
        let description: ArtifactDescription
    }

    /// In the order of the form.
    var texts: [Text] = []
    /// In the order of the form; no two have one name.
    var files: [File] = []

    /// The file of a field.
    func file(_ name: String) -> File? { files.first { $0.part.name == name } }
}
