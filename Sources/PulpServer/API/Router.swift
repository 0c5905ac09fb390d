import PulpCore

/// Finds the endpoint of a path among all of them, in time that depends on the path alone.
struct Router: Sendable {
    /// An endpoint, and what the path has in place of the names in braces.
    struct Match: Sendable {
        let endpoint: Endpoint
        let parameters: [String: String]
    }

    private struct Node: Sendable {
        var endpoint: Endpoint?
        var children: [Substring: Node] = [:]
        /// What follows a segment that may be any: one, if anything does.
        ///
        /// Endpoints may call the segment by different names.
        var wildcard: [Node] = []
    }

    private let prefix: String
    private var root = Node()

    /// - Parameter prefix: what all paths begin with; ends with a slash.
    /// - Precondition: no two endpoints share a path.
    init(below prefix: String, _ endpoints: [Endpoint]) {
        self.prefix = prefix
        for endpoint in endpoints { Self.insert(endpoint, endpoint.path.split(separator: "/")[...], into: &root) }
    }

    /// The endpoint of a path, which ends with a slash just where the endpoint's does.
    func match(_ path: String) -> Match? {
        guard path.hasPrefix(prefix), !path.contains("//") else { return nil }
        var node = root
        var values: [String] = []
        for segment in path.dropFirst(prefix.count).split(separator: "/") {
            if let child = node.children[segment] {
                node = child
            } else if let child = node.wildcard.first {
                values.append(String(segment))
                node = child
            } else {
                return nil
            }
        }
        guard let endpoint = node.endpoint, endpoint.path.hasSuffix("/") == path.hasSuffix("/") || endpoint.path.isEmpty else { return nil }
        return Match(
            endpoint: endpoint, parameters: Dictionary(zip(endpoint.parameterNames, values), uniquingKeysWith: { first, _ in first }))
    }

    private static func insert(_ endpoint: Endpoint, _ segments: ArraySlice<Substring>, into node: inout Node) {
        guard let segment = segments.first else {
            precondition(node.endpoint == nil, "\(endpoint.path) twice")
            node.endpoint = endpoint
            return
        }
        if segment.hasPrefix("{") {
            var child = node.wildcard.first ?? Node()
            insert(endpoint, segments.dropFirst(), into: &child)
            node.wildcard = [child]
        } else {
            insert(endpoint, segments.dropFirst(), into: &node.children[segment, default: Node()])
        }
    }
}
