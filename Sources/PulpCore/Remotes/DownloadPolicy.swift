/// When bytes are fetched.
public enum DownloadPolicy: String, CaseIterable, FieldValue, Codable {
    /// At a sync.
    case immediate
    /// At a client's first request; then kept.
    case onDemand = "on_demand"
    /// At every client's request; never kept.
    case streamed
}
