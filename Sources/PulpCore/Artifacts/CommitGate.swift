/// Keeps deletions of blobs apart from commits of blobs, in all processes that share a store.
///
/// A commit puts bytes into their place and then writes rows that speak of them; a deletion decides by the rows and then removes
/// bytes. The gate sees to it that no deletion of an artifact falls between the bytes and the rows of a commit of the same
/// artifact, whatever process dies or stands still at whatever point.
public protocol CommitGate: Sendable {
    /// Runs `place`, then `record`, while none of the artifacts is deleted.
    ///
    /// Both may run again, one after the other, when ``SQLConnection/insertArtifacts(_:under:at:)`` refused the permit.
    func commit<Value: Sendable>(
        _ digests: [SHA256Digest], place: @Sendable () async throws -> Void,
        record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value

    /// Runs `needed` and then `remove` with what is not needed, while none of these is committed.
    ///
    /// Candidates that are being committed may be passed over, so `needed` gets some or all.
    /// - Parameter remove: takes nothing away after its term has ended, and says whether any of it may still happen later: these
    ///   artifacts cannot be committed until that is past.
    /// - Throws: what `needed` threw, or what kept `remove` from its work.
    func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>,
        remove: @Sendable ([SHA256Digest], DeletionTerm) async -> DeletionOutcome
    ) async throws
}

/// Proves, in the transaction that writes rows of artifacts, that their bytes are in place and stay.
public struct CommitPermit: Sendable {
    private let verify: (@Sendable (any SQLConnection) throws -> Void)?

    /// What can be revoked, and is looked at in the transaction.
    init(verify: @escaping @Sendable (any SQLConnection) throws -> Void) { self.verify = verify }

    private init() { verify = nil }

    /// What cannot be revoked while its holder lives: a lock that the kernel keeps, or that nobody else could want.
    public static let unconditional = CommitPermit()

    func check(_ db: any SQLConnection) throws { try verify?(db) }
}

/// The time in which what was decided may be done.
public struct DeletionTerm: Sendable, Hashable {
    /// Before the decision.
    ///
    /// Requests that carry this moment as their date are refused by S3 when they come too late.
    public let decided: Timestamp
    /// After which nothing may be removed; nil where the gate keeps commits out for as long as it takes.
    public let end: Timestamp?

    /// - Throws: ``PulpError`` when the term has ended.
    public func check(at now: Timestamp = .now) throws(PulpError) {
        guard let end, now >= end else { return }
        throw PulpError(.systemState, "a deletion came too late: it was decided \(now - decided) ago; nothing was deleted")
    }
}

/// What became of a removal.
public struct DeletionOutcome: Sendable {
    /// Whether nothing of it can happen any more: every request was answered, every system call has returned.
    public let isSettled: Bool
    /// Why some of it did not happen; nil when all of it did.
    public let failure: (any Error)?

    /// An outcome.
    public init(isSettled: Bool, failure: (any Error)?) { (self.isSettled, self.failure) = (isSettled, failure) }
}
