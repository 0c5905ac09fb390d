import HTTPTypes
import PulpCore

/// What a client says of a unit that a file makes: where the bytes are, and where the unit goes.
struct UnitRequest: Sendable {
    var repository: ID<Repository>?
    var overwrite = true
    var labels: Labels?
    var artifact: String?
    var relativePath = RelativePath.placeholder
    var upload: String?
    var fileURL: String?
    var network: JSON?

    static let fields: [Field<Self>] = [
        Field("repository", \.repository, "A repository the new content unit should be associated with.", [.nonNull, .secret]),
        Field("overwrite", \.overwrite, "Whether the unit may take the place of one with the same key.", .secret),
        Field("pulp_labels", \.labels, "Labels, in place of those that the unit may have.", .nonNull),
        Field("artifact", \.artifact, "Artifact file representing the physical content", .nonNull),
        Field("relative_path", \.relativePath, "Path where the artifact is located relative to distributions base_path", .required),
        Field("upload", \.upload, "An uncommitted upload that may be turned into the artifact of the content unit.", [.nonNull, .secret]),
        Field("file_url", \.fileURL, "A URL that Pulp can download and turn into the content unit.", [.nonNull, .secret]),
        Field("downloader_config", \.network, "How to download from file_url.", [.nonNull, .secret]),
    ]

    private static let shapes: [String: Shape] = [
        "artifact": .uri, "upload": .uri,
        "downloader_config": .object(
            ObjectShape(requesting: RemoteSettings.networkFields, from: RemoteSettings(), name: "RemoteNetworkConfig")),
    ]

    static func shape(_ fields: [Field<Self>], name: String) -> ObjectShape {
        let members = ObjectShape(requesting: fields, from: Self(), name: name).members.map { member in
            var member = member
            member.shape = shapes[member.name] ?? member.shape
            return member
        }
        return ObjectShape(name: name, members: members + [ObjectShape.Member(name: "file", shape: .file, isWriteOnly: true)])
    }

    /// Checks what can be said without a look at anything.
    func check(hasFile: Bool) throws {
        let sources = [hasFile, artifact != nil, upload != nil, fileURL != nil]
        guard sources.count(where: { $0 }) == 1 else {
            throw APIError.nonField("Exactly one of 'file', 'artifact', 'upload' or 'file_url' must be specified.")
        }
        guard network == nil || fileURL != nil else {
            throw APIError.field("downloader_config", "This field is of use together with 'file_url' alone.")
        }
    }

    /// Where the bytes are that do not come with the request; an artifact is marked as used.
    /// - Throws: ``APIError`` when there is no such thing, or it cannot be had.
    func source(_ api: API) async throws -> ContentSource {
        if let artifact { return .artifact(try await Self.find("artifact", artifact) { try await Self.artifact($0, api) }) }
        if let upload { return .upload(try await Self.find("upload", upload) { try await Self.upload($0, api) }) }
        return try url()
    }

    private static func find<Thing>(_ field: String, _ text: String, _ find: (String) async throws -> ID<Thing>?) async throws -> ID<Thing>
    {
        do {
            guard let id = try await find(text) else { throw InvalidField("Invalid hyperlink - Object does not exist.") }
            return id
        } catch let error as InvalidField { throw APIError.field(field, error.message) }
    }

    private static func artifact(_ text: String, _ api: API) async throws -> ID<Artifact>? {
        try await api.pulp.artifacts.use(try api.hrefs.id(text, of: "core.artifact"))?.id
    }

    private static func upload(_ text: String, _ api: API) async throws -> ID<Upload>? {
        let id = try api.hrefs.id(text, of: "core.upload", as: Upload.self)
        do {
            let upload = try await api.pulp.uploads.find(id)
            try upload.checkComplete()
            return id
        } catch let error as PulpError where error.code == .notFound { return nil }
    }

    private func url() throws -> ContentSource {
        let (url, network) = (fileURL ?? "", try settings())
        do { _ = try RemoteSettings(fetching: url, network: network) } catch { throw Self.refusal(error) }
        return .url(url, network: .object(network))
    }

    /// What is wrong with the settings to fetch with is told as a part of their own field.
    private static func refusal(_ error: ValidationError) -> APIError {
        let (own, others) = (error.problems.filter { $0.field == "url" }, error.problems.filter { $0.field != "url" })
        var body: JSON.Object = [:]
        if !own.isEmpty { body["file_url"] = .array(own.map { .string($0.message) }) }
        if !others.isEmpty { body["downloader_config"] = APIError(ValidationError(problems: others))?.body }
        return APIError(status: .badRequest, body: .object(body))
    }

    /// An object, or a text that holds one, as forms send it.
    private func settings() throws -> JSON.Object {
        guard let network else { return [:] }
        // A text that is no JSON stays one, which is refused.
        let json = network.stringValue.flatMap { try? JSON(parsing: $0) } ?? network
        guard case .object(let object) = json else {
            throw APIError.field("downloader_config", "Invalid data. Expected a dictionary, but got \(json.pythonName).")
        }
        return object
    }
}
