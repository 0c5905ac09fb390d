internal import Logging
internal import Synchronization

extension Worker {
    /// Beats, and looks for the dead.
    func stayAlive() async {
        do {
            try await engine.removeLeftoverDirectories()
        } catch {
            log(error, "leftover working directories were not removed")
        }
        var lastBeat = SuspendingClock.now
        for round in 0... {
            do {
                let identity = identity
                var isThere = try await engine.sweep().contains(identity.uuid)
                if isThere, SuspendingClock.now - lastBeat >= engine.settings.heartbeatInterval {
                    isThere = try await identity.beat(in: engine.database)
                    lastBeat = .now
                }
                if !isThere, identity.uuid == self.identity.uuid { lose() }
                if round % 4 == 3 { try await adoptStrangers(of: identity.key) }
            } catch {
                log(error, "a worker could not show that it lives")
            }
            // Ends by cancellation, which is all that sleeping can throw.
            guard (try? await Task.sleep(for: TaskEngine.sweepInterval)) != nil else { return }
        }
    }

    /// Somebody declared this worker dead.
    ///
    /// Its tasks are failed already: what they do now would be in vain.
    private func lose() {
        let isNew = state.withLock { state in
            defer { state.isLost = true }
            return !state.isLost
        }
        guard isNew else { return }
        interruptAll(because: "Worker has gone missing.")
        engine.bell.ring()
    }

    /// Begins tasks that are this worker's by the database, and that it does not know.
    ///
    /// The server committed their claim, and was lost before it could say so: nobody has begun them, and nobody else would. Only what
    /// stays unknown for some seconds: a task that was claimed this moment is about to be known.
    func adoptStrangers(of worker: Int64, at now: SuspendingClock.Instant = .now) async throws {
        let claims = try await engine.claims(of: worker)
        let adopted = state.withLock { state in
            let unknown = claims.filter { state.running[$0.key] == nil }
            state.strangers = Dictionary(
                uniqueKeysWithValues: unknown.map { ($0.key, state.strangers[$0.key] ?? now) })
            guard state.identity.key == worker, !state.isLost else { return [TaskClaim]() }
            return unknown.filter { now - (state.strangers[$0.key] ?? now) >= .seconds(5) }
        }
        for claim in adopted {
            engine.settings.logger.notice("a task is begun whose claim was not heard of", metadata: ["task": "\(claim.uuid)"])
            start(claim, as: worker)
        }
        // The next look interrupts those among them that somebody wants to end.
        if !adopted.isEmpty { engine.bell.ring() }
    }
}
