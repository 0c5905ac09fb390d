import HTTPTypes
import Hummingbird
import PulpCore

/// A path of the REST API, and what each method does there; what is not declared is answered as Pulp does.
struct Endpoint: Sendable {
    /// The family of paths that it belongs to.
    let paths: ResourcePaths
    /// Below the API root, with a slash at its end, as almost every path of Pulp's API has; a segment in braces stands for any one.
    let path: String
    /// What OpenAPI documents call the href up to the last segment in braces; nil for a path without any.
    let href: String?
    let operations: [HTTPRequest.Method: Operation]

    /// The names in braces, in the path's order.
    var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// Whether all operations answer everybody.
    var isPublic: Bool { operations.values.allSatisfy(\.isPublic) }

    /// The methods that a client may use, for `Allow`; whoever may GET may HEAD.
    var allowed: [String] {
        let declared = operations.keys.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
        let order = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        return declared.sorted { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) } + ["OPTIONS"]
    }

    /// The operation of a method; nil for one that is not declared.
    subscript(method: HTTPRequest.Method) -> Operation? { operations[method == .head ? .get : method] }

    /// What OpenAPI documents know an operation by.
    func id(of operation: Operation) -> String { operation.id ?? "\(paths.token)_\(operation.action)" }
}

/// Things of one kind, and the paths below which they are reached: `repositories/file/file`.
struct ResourcePaths: Sendable, Hashable {
    /// Below the API root, without slashes at its ends; a segment in braces stands for any one.
    let path: String
    /// What OpenAPI documents call the href of one of the things.
    let href: String
    /// What they call the href of that to which the things belong: the repository of versions.
    var parent: String?
    /// What stands in braces for one of the things.
    var key = "pk"

    init(_ path: String, href: String = "", parent: String? = nil, key: String = "pk") {
        (self.path, self.href, self.parent, self.key) = (path, href, parent, key)
    }

    /// All of the things.
    func all(_ operations: [HTTPRequest.Method: Operation]) -> Endpoint {
        Endpoint(paths: self, path: path + "/", href: parent, operations: operations)
    }

    /// Something to do with all of them.
    func all(_ name: String, _ operations: [HTTPRequest.Method: Operation]) -> Endpoint {
        Endpoint(paths: self, path: "\(path)/\(name)/", href: parent, operations: operations)
    }

    /// Each of the things.
    func each(_ operations: [HTTPRequest.Method: Operation]) -> Endpoint {
        Endpoint(paths: self, path: "\(path)/{\(key)}/", href: href, operations: operations)
    }

    /// Something to do with each of them.
    func each(_ name: String, _ operations: [HTTPRequest.Method: Operation]) -> Endpoint {
        Endpoint(paths: self, path: "\(path)/{\(key)}/\(name)/", href: href, operations: operations)
    }

    /// The path's segments, without those in braces.
    private var words: [Substring] { path.split(separator: "/").filter { !$0.hasPrefix("{") } }

    /// What access policies know it by: `repositories/file/file/versions`.
    var name: String { words.joined(separator: "/") }

    /// What access policies know that by to which the things belong, and what stands in braces for it; nil where they stand alone.
    var owner: (viewset: String, key: String)? {
        let segments = path.split(separator: "/")
        guard let index = segments.firstIndex(where: { $0.hasPrefix("{") }) else { return nil }
        return (segments[..<index].joined(separator: "/"), String(segments[index].dropFirst().dropLast()))
    }

    /// What a sentence calls one of the things: `FileRemote`.
    var noun: String { noun(of: href) }

    /// What a sentence calls one of those to which the things belong.
    var ownerNoun: String { noun(of: parent ?? "") }

    private func noun(of href: String) -> String {
        let words = href.split(separator: "_").dropLast()
        // Pulp has its users from another program.
        let apps = plugin == "core" ? ["auth"] : [plugin]
        return words.dropFirst(words.first.map { apps.contains(String($0)) } == true ? 1 : 0).map(\.capitalized).joined()
    }

    /// The beginning of the ids of its operations: `repositories_file_file`.
    var token: String { words.joined(separator: "_").replacing("-", with: "_") }

    /// Under which OpenAPI documents put its operations: `Repositories: File`.
    ///
    /// The plugin's own name, the second of three words or more, says nothing new.
    var tag: String {
        let titles = (words.count > 2 ? [words[0]] + words[2...] : words).map(Self.title)
        return titles.count > 1 ? "\(titles[0]): \(titles[1...].joined(separator: " "))" : titles.joined()
    }

    /// Which plugin it belongs to: the second word of paths that begin with what plugins have kinds of, else the core.
    var plugin: String {
        let kinds = ResourceTable.allCases.map { Substring($0.path) }
        return words.count > 2 && (kinds.contains(words[0]) || words[0] == "acs") ? String(words[1]) : "core"
    }

    /// With a capital after everything that is no letter.
    private static func title(_ word: Substring) -> String {
        var isFirst = true
        return String(
            word.map { character in
                defer { isFirst = !character.isLetter }
                return isFirst ? Character(character.uppercased()) : character
            })
    }
}

extension Response {
    /// A JSON document.
    static func json(_ value: JSON, status: HTTPResponse.Status = .ok) -> Response {
        var writer = JSONWriter()
        writer.value(value)
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }

    /// An answer without a body.
    static func empty(_ status: HTTPResponse.Status = .noContent) -> Response {
        Response(status: status, headers: status == .noContent ? [:] : [.contentLength: "0"])
    }

    /// `{"task": …}`.
    static func accepted(_ task: ID<TaskRecord>, _ hrefs: Hrefs) -> Response {
        .json(["task": .string(hrefs.href(task.prn) ?? task.prn)], status: .accepted)
    }
}
