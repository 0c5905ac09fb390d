import PulpTesting

/// What is asked of Pulp in a run.
///
/// A `choice` picks among what is there when the operation's turn comes.
enum Operation: Sendable, Hashable {
    /// A mirroring sync of a mirror from its upstream.
    case mirror(Int)
    /// An additive sync of the collection.
    case collect(upstream: Int)
    /// A publication of a version of a repository.
    case publish(repository: Int, choice: UInt64)
    /// Units of anywhere come into the collection, and some of its own go.
    case modify(choice: UInt64)
    /// The collection begins anew with the units of an older version.
    case rebase(choice: UInt64)
    /// A new file comes into the collection.
    case upload(choice: UInt64)
    /// A version of a repository goes.
    case deleteVersion(repository: Int, choice: UInt64)
    /// A repository that lives for a short time is made and filled.
    case makeShortLived(Int)
    case deleteShortLived(Int)
    case cleanUp
    case reclaim(Int)
    case repair

    /// What the report counts it as.
    var name: String {
        switch self {
        case .mirror: "mirror"
        case .collect: "collect"
        case .publish: "publish"
        case .modify: "modify"
        case .rebase: "rebase"
        case .upload: "upload"
        case .deleteVersion: "delete version"
        case .makeShortLived: "make repository"
        case .deleteShortLived: "delete repository"
        case .cleanUp: "clean up"
        case .reclaim: "reclaim"
        case .repair: "repair"
        }
    }
}

extension Operation {
    /// A random operation; syncs are the most frequent.
    static func random(using random: inout SplitMix) -> Operation {
        let choice = random.next()
        return switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: .mirror(Int.random(in: 0..<Upstreams.count, using: &random))
        case 30..<40: .collect(upstream: Int.random(in: 0..<2, using: &random))
        case 40..<50: .publish(repository: Int.random(in: 0..<Upstreams.count, using: &random), choice: choice)
        case 50..<58: .modify(choice: choice)
        case 58..<61: .rebase(choice: choice)
        case 61..<68: .upload(choice: choice)
        case 68..<78: .deleteVersion(repository: Int.random(in: 0...Upstreams.count, using: &random), choice: choice)
        case 78..<83: .makeShortLived(Int.random(in: 0..<3, using: &random))
        case 83..<88: .deleteShortLived(Int.random(in: 0..<3, using: &random))
        case 88..<96: .cleanUp
        case 96..<98: .reclaim(2)
        default: .repair
        }
    }
}
