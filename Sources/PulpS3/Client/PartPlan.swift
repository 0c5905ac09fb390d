/// How an artifact goes up: whole, or in parts of which S3 takes 10,000 at most.
struct PartPlan: Sendable, Hashable {
    static let mostParts: Int64 = 10_000
    static let smallestPart: Int64 = 5 << 20

    let size: Int64
    let partSize: Int64

    /// - Parameter wanted: the size of a part, which grows for very large artifacts.
    init(size: Int64, partSize wanted: Int64) {
        self.size = size
        let least = (size + Self.mostParts - 1) / Self.mostParts
        // Whole mebibytes, as some stores want all parts but the last to be alike and aligned.
        partSize = max(wanted, Self.smallestPart, ((least + (1 << 20) - 1) >> 20) << 20)
    }

    /// Whether one request does.
    var isSingle: Bool { size <= partSize }

    /// The parts in order, without a gap.
    var parts: [Range<Int64>] {
        stride(from: 0, to: size, by: Int64.Stride(partSize)).map { $0..<min($0 + partSize, size) }
    }
}
