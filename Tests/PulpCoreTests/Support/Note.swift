import PulpCore

/// A small kind of content for tests of the core: a text under a path.
struct Note: ContentUnit {
    var path = RelativePath.placeholder
    var text = ""

    init() {}
    init(_ path: String, _ text: String = "") throws {
        self.path = try RelativePath(path)
        self.text = text
    }

    var naturalKey: [String] { [path.description, text] }
    var repositoryKey: [String] { [path.description] }

    static let schema = Schema<Self>(.content, "note.note", model: "note.note", path: "note/notes", "A note.") {
        Field("path", \.path, "Where it is.", .required)
        Field("text", \.text, "What it says.")
    }
}

/// Another kind of content in the same repositories: a colour.
struct Sticker: ContentUnit {
    var colour = ""

    var naturalKey: [String] { [colour] }
    var repositoryKey: [String] { [colour] }

    static let schema = Schema<Self>(.content, "note.sticker", model: "note.sticker", path: "note/stickers", "A sticker.") {
        Field("colour", \.colour, "What it looks like.", .required)
    }
}

/// A kind of content that no repository takes.
struct Stray: ContentUnit {
    var name = ""

    init() {}
    init(name: String) { self.name = name }

    var naturalKey: [String] { [name] }
    var repositoryKey: [String] { [name] }

    static let schema = Schema<Self>(.content, "note.stray", model: "note.stray", path: "note/strays", "A stray thing.") {
        Field("name", \.name, "What it is called.", .required) { (name) throws(InvalidField) in
            guard !name.isEmpty else { throw InvalidField("This field may not be blank.") }
        }
    }
}

struct NoteRemote: RemoteKind {
    var remote = RemoteSettings()
    static let schema = Schema<Self>(.remote, "note.note", model: "note.noteremote", path: "note/note", "Notes.") {
        Embed(\.remote, RemoteSettings.fields)
    }
}

struct NoteRepository: RepositoryKind {
    var repository = RepositorySettings()
    static var contents: [any ContentUnit.Type] { [Note.self, Sticker.self] }
    static let schema = Schema<Self>(.repository, "note.note", model: "note.noterepository", path: "note/note", "Notes.") {
        Embed(\.repository, RepositorySettings.fields)
    }
}

struct NotePublication: PublicationKind {
    var publication = PublicationSettings()
    init() { publication.passThrough = true }
    static let schema = Schema<Self>(.publication, "note.note", model: "note.notepublication", path: "note/note", "Notes.") {
        Embed(\.publication, PublicationSettings.fields)
    }
}

struct NoteDistribution: DistributionKind {
    var distribution = DistributionSettings()
    static var servesVersions: Bool { true }
    static let schema = Schema<Self>(.distribution, "note.note", model: "note.notedistribution", path: "note/note", "Notes.") {
        Embed(\.distribution, DistributionSettings.fields)
    }
}

extension Plugin {
    static var notes: Plugin {
        Plugin(
            "note", version: "1", contents: [Note.self, Sticker.self, Stray.self], remotes: [NoteRemote.self],
            repositories: [NoteRepository.self],
            publications: [NotePublication.self], distributions: [NoteDistribution.self],
            tasks: [SyncNotes.self])
    }
}

extension Pulp {
    /// A repository of notes.
    func notes(_ name: String = "notes", retaining retain: Int? = nil) async throws -> Record<NoteRepository> {
        var repository = NoteRepository()
        repository.repository = RepositorySettings(name: name)
        repository.repository.retainRepoVersions = retain
        return try await create(repository)
    }

    /// What a version holds, as `path=text`, sorted.
    func texts(in version: RepositoryVersion) async throws -> [String] {
        var texts: [String] = []
        try await forEachUnit(of: Note.self, in: version, batch: 3) { texts += $0.map { "\($0.path)=\($0.text)" } }
        return texts.sorted()
    }
}
