/// A kind of unit that one file makes: what gives it an upload.
public protocol UploadedUnit: ContentUnit {
    /// The unit that a file at a path is.
    /// - Throws: ``PulpError`` with `invalid` when the bytes are none.
    init(artifact: Artifact, relativePath: RelativePath) throws
}

extension UploadedUnit {
    /// Makes the unit of an artifact at a path, or finds it; each counts as used from now on.
    static func getOrCreate(
        of artifact: Artifact, at path: RelativePath, labels: Labels?, in db: any SQLConnection
    ) throws -> ID<Content> {
        let unit = try Self(artifact: artifact, relativePath: path)
        guard let key = try ContentTable<Self>().getOrCreate([unit], at: .now, in: db).first,
            let uuid = try db.value("SELECT uuid FROM content WHERE id = \(key)", as: String.self)
        else { throw PulpError(.internal, "a unit of content vanished while it was stored") }
        _ = try ContentFiles.getOrCreate([ContentFile(content: key, relativePath: path, artifact: artifact.key)], in: db)
        try db.touchArtifacts([artifact.key], at: .now)
        let id = ID<Content>(prn: "prn:\(schema.model):\(uuid)")
        if let labels { _ = try Labels.change(of: id, in: db) { $0 = labels } }
        return id
    }
}

extension Pulp {
    /// Makes a file a unit of content, or finds the unit that it is already.
    /// - Parameter labels: what the unit's labels are then; nil leaves it with those that it has.
    /// - Throws: what keeps the bytes from coming, or from being such a unit; nothing has changed then.
    public func createUnit<Unit: UploadedUnit>(
        _ kind: Unit.Type, from source: ContentSource, at path: RelativePath, labels: Labels? = nil
    ) async throws -> ID<Content> {
        try await source.withArtifact(in: self) { db, artifact in try Unit.getOrCreate(of: artifact, at: path, labels: labels, in: db) }
    }

    /// The same, with bytes that are staged already.
    /// - Parameters:
    ///   - staged: from ``Artifacts/stage()``; used up afterwards, unless an error was thrown, and then to be discarded.
    ///   - name: what to call the bytes in an error's message.
    public func createUnit<Unit: UploadedUnit>(
        _ kind: Unit.Type, from staged: any StagedArtifact, named name: String, at path: RelativePath, labels: Labels? = nil
    ) async throws -> ID<Content> {
        try await artifacts.add(staged, named: name, size: nil, digests: [:]) { db, artifact in
            try Unit.getOrCreate(of: artifact, at: path, labels: labels, in: db)
        }
    }
}
