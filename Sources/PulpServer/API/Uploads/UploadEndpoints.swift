import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// The list of uploads, and each of them, which takes chunks until it is committed.
    var uploads: [Endpoint] {
        let paths = ResourcePaths("uploads", href: "upload_href")
        let listing = Listing(
            table: "upload AS t", filters: uploadFilters, order: Self.uploadOrder, shape: View<ShownUpload>.upload.documented
        ) { [hrefs] keys, db in
            Dictionary(
                try Upload.list(keys, in: db).map { ($0.key, View<ShownUpload>.upload.object(ShownUpload(upload: $0, hrefs: hrefs))) },
                uniquingKeysWith: { first, _ in first })
        }
        return [
            paths.all([.get: listing.operation(pulp), .post: createUpload]),
            paths.each([.get: readUpload, .put: writeChunk, .delete: deleteUpload]), paths.each("commit", [.post: commitUpload]),
        ]
    }

    private static let uploadOrder: [(name: String, column: SQL)] = [
        ("pk", "t.prn"), ("pulp_created", "t.created"), ("pulp_id", "t.prn"), ("pulp_last_updated", "t.updated"), ("size", "t.size"),
    ]

    private var uploadFilters: [ListFilter] {
        let hrefs = hrefs
        return [
            ListFilter("pulp_id__in", .list(.uuid)) { "t.prn \(in: try hrefs.uuids($0).map { "prn:core.upload:\($0)" })" },
            ListFilter("pulp_href__in", .list(.text)) { "t.prn \(in: try hrefs.prns($0, else: "URI not valid"))" },
            ListFilter("prn__in", .list(.text)) { "t.prn \(in: $0.split(separator: ",").map(String.init))" },
        ] + [Lookup.exact, .lt, .gt, .range].map { ListFilter(FieldFilter("size", $0, .integer, column: "t.size")) }
    }

    private static func id(_ request: APIRequest) -> ID<Upload> { ID(prn: "prn:core.upload:\(request.parameters["pk"] ?? "")") }

    private func upload(_ request: APIRequest) async throws -> Upload {
        do { return try await pulp.uploads.find(Self.id(request)) } catch let error as PulpError where error.code == .notFound {
            throw APIError.notFound("Upload")
        }
    }

    private var createUpload: Operation {
        let view = View<ShownUpload>.upload
        return Operation(
            action: "create", request: Operation.RequestShape(shape: UploadCreation.shape), answers: [.created(view.documented)]
        ) { [self] request in
            let body: UploadCreation = try await body(request)
            let shown = ShownUpload(upload: try await pulp.uploads.create(size: Int64(body.size)), hrefs: hrefs)
            return .created(view.object(shown), shown.href)
        }
    }

    private var readUpload: Operation {
        let view = View<ShownUpload>.uploadDetail
        return Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.documented)]
        ) { [self] request in
            .json(FieldSelection(request.query)(view.object(ShownUpload(upload: try await upload(request), hrefs: hrefs))))
        }
    }

    private var writeChunk: Operation {
        let view = View<ShownUpload>.upload
        return Operation(
            action: "update", parameters: [Operation.Parameter(name: "Content-Range", shape: .text, place: .header)],
            request: .file(UploadChunk.shape), answers: [.ok(view.documented)]
        ) { [self] request in
            let upload = try await upload(request)
            let range = try Self.range(request, of: upload)
            let wrongSize = APIError.nonField("Chunk size does not match content range.")
            let changed = try await withBody(request, UploadChunk.fields) { [uploads = pulp.uploads] in
                FormReader.Sink(staged: try await uploads.stage(), limit: Int64(range.count), refusal: wrongSize)
            } _: { body, file in
                var chunk = UploadChunk()
                try body.apply(UploadChunk.fields, to: &chunk, .create)
                guard let file else { throw APIError.field("file", "No file was submitted.") }
                guard file.description.size == Int64(range.count) else { throw wrongSize }
                if let digest = chunk.sha256, digest != file.description.sha256 {
                    throw PulpError(.digestMismatch, "Checksum does not match chunk upload.")
                }
                return try await pulp.uploads.write(file.staged, at: range, to: upload.id)
            }
            return .json(.object(view.object(ShownUpload(upload: changed, hrefs: hrefs))))
        }
    }

    /// Before the body, so that no chunk is read for nothing.
    private static func range(_ request: APIRequest, of upload: Upload) throws -> Range<Int64> {
        do {
            let range = try ContentRange(request.headers[.contentRange])
            try range.check(size: upload.size)
            return range.range
        } catch { throw APIError.nonField(error.message) }
    }

    private var commitUpload: Operation {
        Operation(action: "commit", request: Operation.RequestShape(shape: UploadCommit.shape), answers: [.task]) { [self] request in
            let upload = try await upload(request)
            let body: UploadCommit = try await body(request)
            try upload.checkComplete()
            return .accepted(try await pulp.dispatch(CommitUpload(upload: upload.id, sha256: body.sha256)).id, hrefs)
        }
    }

    private var deleteUpload: Operation {
        Operation(action: "delete", answers: [.noContent]) { [self] request in
            let upload = try await upload(request)
            try await pulp.uploads.delete(upload.id)
            return .empty()
        }
    }
}

extension Upload {
    /// - Throws: ``APIError`` that names the first part which is not here.
    func checkComplete() throws(APIError) {
        guard let gap = firstGap else { return }
        throw .nonField("The upload is not complete: the bytes \(gap.lowerBound)-\(gap.upperBound - 1) are missing.")
    }
}

private struct UploadCreation: RequestObject {
    var size = 0

    static let name = "Upload"
    static let fields = [
        Field<Self>("size", \.size, "The size of the upload in bytes.", .required) { (size) throws(InvalidField) in
            if size < 0 { throw InvalidField("Ensure this value is greater than or equal to 0.") }
            if size > Uploads.maximumSize { throw InvalidField("Ensure this value is less than or equal to \(Uploads.maximumSize).") }
        }
    ]
}

private struct UploadChunk: Sendable {
    var sha256: SHA256Digest?

    static let fields = [Field<Self>("sha256", \.sha256, "The SHA-256 checksum of the chunk if available.", .secret)]

    static var shape: ObjectShape {
        ObjectShape(
            name: "UploadChunk",
            members: [ObjectShape.Member(name: "file", shape: .file, isRequired: true, isWriteOnly: true)]
                + ObjectShape(requesting: fields, from: Self(), name: "UploadChunk").members)
    }
}

private struct UploadCommit: RequestObject {
    var sha256 = SHA256Digest.ofNothing

    static let name = "UploadCommit"
    static let fields = [Field<Self>("sha256", \.sha256, "The expected sha256 checksum for the file.", .required)]
}
