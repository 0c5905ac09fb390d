import PulpCore

/// An upload that is about to be shown.
struct ShownUpload: Sendable {
    let upload: Upload
    let hrefs: Hrefs

    var href: String { hrefs.href(upload.id.prn) ?? upload.id.prn }
}

extension View where Subject == ShownUpload {
    static let upload = View(name: "UploadResponse", properties: common)

    /// With what is here of it.
    static let uploadDetail: View = {
        let chunk = ObjectShape(
            name: "UploadChunkResponse",
            members: ["offset", "size"].map { ObjectShape.Member(name: $0, shape: .integer, isReadOnly: true) })
        let chunks = Property<ShownUpload>("chunks", .list(.object(chunk))) { shown in
            .array(shown.upload.chunks.map { ["offset": .integer(Int($0.offset)), "size": .integer(Int($0.size))] })
        }
        return View(name: "UploadDetailResponse", properties: common + [chunks])
    }()

    private static let common: [Property<ShownUpload>] = [
        Property("pulp_href", .uri) { .string($0.href) }, Property("prn", .text) { .string($0.upload.id.prn) },
        Property("pulp_created", .moment) { $0.upload.created.json }, Property("pulp_last_updated", .moment) { $0.upload.updated.json },
        Property("size", .integer, isRequired: true, isReadOnly: false) { .integer(Int($0.upload.size)) },
    ]

    /// What is said of it: Pulp's clients know a member that is never there, as an upload is gone once it is complete.
    var documented: ObjectShape {
        ObjectShape(name: name, members: shape.members + [ObjectShape.Member(name: "completed", shape: .moment, isReadOnly: true)])
    }
}
