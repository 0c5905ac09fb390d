/// Decides from what one process sees of the others which of them are dead.
///
/// A process is dead when its lease has been free for the grace time, or when its heartbeat has stood still for its lifetime: a
/// machine that lost its power holds its lease for a while, and so does a process that was paused. All times are the observer's
/// own, so neither a wrong clock nor one that jumps kills anybody; and what the observer could not see, because it was paused or
/// the database was away, is not held against the others.
struct Liveness: Sendable {
    /// What can be seen of a process at a moment.
    struct Sighting: Sendable {
        let uuid: String
        /// When the process last said that it lives, by its own clock.
        let heartbeat: Timestamp
        let isLeaseFree: Bool
    }

    private struct Known {
        var heartbeat: Timestamp
        /// Since when the heartbeat is this one.
        var beatSince: SuspendingClock.Instant
        /// Since when the lease is free; nil while it is held.
        var freeSince: SuspendingClock.Instant?
    }

    /// How long a heartbeat may stand still.
    let lifetime: Duration
    /// How long a lease may be free.
    let grace: Duration
    private var known: [String: Known] = [:]
    private var last: SuspendingClock.Instant?

    init(lifetime: Duration, grace: Duration) { (self.lifetime, self.grace) = (lifetime, grace) }

    /// Takes note of all processes that there are.
    /// - Returns: the dead ones.
    mutating func observe(_ sightings: [Sighting], at now: SuspendingClock.Instant) -> Set<String> {
        // Who looks that rarely saw nothing meanwhile.
        if let last, now - last > max(.seconds(5), lifetime / 2) { known = [:] }
        last = now
        var seen: [String: Known] = [:]
        for sighting in sightings {
            var entry = known[sighting.uuid] ?? Known(heartbeat: sighting.heartbeat, beatSince: now)
            if entry.heartbeat != sighting.heartbeat { (entry.heartbeat, entry.beatSince) = (sighting.heartbeat, now) }
            entry.freeSince = sighting.isLeaseFree ? entry.freeSince ?? now : nil
            seen[sighting.uuid] = entry
        }
        known = seen
        return Set(seen.filter { isDead($0.value, at: now) }.keys)
    }

    private func isDead(_ known: Known, at now: SuspendingClock.Instant) -> Bool {
        known.freeSince.map { now - $0 >= grace } == true || now - known.beatSince >= lifetime
    }

    /// Forgets what was seen: nothing could be for a while.
    mutating func forget() { (known, last) = ([:], nil) }
}
