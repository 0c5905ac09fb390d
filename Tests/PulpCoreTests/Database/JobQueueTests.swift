import PulpTesting
import Testing

@testable import PulpCore

@Suite struct JobQueueTests {
    /// Whatever happens in whatever order: no job is lost or run twice, nor left waiting while a thread rests; the number of
    /// threads keeps to its limit; the last thread of a closed queue, and no other, says that it is the last.
    @Test(arguments: 0..<200)
    func everyJobRunsOnce(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let limit = Int.random(in: 1...4, using: &random)
        var queue = JobQueue<Int>(limit: limit)
        var (starting, busy, resting, signals) = (0, 0, 0, 0)
        var (submitted, withdrawn, refused) = (Set<Int>(), Set<Int>(), Set<Int>())
        var ran: [Int] = []
        var lasts = 0
        func follow(_ next: JobQueue<Int>.Next) {
            switch next {
            case .run(let job):
                ran.append(job)
                busy += 1
            case .rest: resting += 1
            case .end(let last): lasts += last ? 1 : 0
            }
        }
        func step(submitting: Bool) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2 where submitting:
                let job = submitted.count
                submitted.insert(job)
                switch queue.submit(job, id: job) {
                case .wake: signals += 1
                case .spawn: starting += 1
                case .queued: break
                case .refused: Issue.record("an open queue refused a job")
                }
            case 3 where starting > 0:
                starting -= 1
                follow(queue.next())
            case 4 where busy > 0:
                busy -= 1
                follow(queue.next())
            case 5 where resting > 0 && signals > 0:
                (resting, signals) = (resting - 1, signals - 1)
                follow(queue.wake(expired: false))
            case 6 where resting > 0 && Int.random(in: 0..<4, using: &random) == 0:
                resting -= 1
                follow(queue.wake(expired: true))
            case 7 where Int.random(in: 0..<4, using: &random) == 0:
                if let id = submitted.randomElement(using: &random), queue.withdraw(id) != nil { withdrawn.insert(id) }
            default: break
            }
            #expect(starting + busy + resting == queue.threads)
            #expect(queue.threads <= limit)
        }
        for _ in 0..<300 { step(submitting: true) }
        if seed % 2 == 0 {
            while starting + busy > 0 || (resting > 0 && signals > 0) { step(submitting: false) }
            #expect(ran.count + withdrawn.count == submitted.count)
        }
        refused = Set(queue.close())
        signals += queue.resting
        let hadThreads = queue.threads > 0
        while starting + busy > 0 || (resting > 0 && signals > 0) { step(submitting: false) }
        #expect(queue.threads == 0)
        #expect(lasts == (hadThreads ? 1 : 0))
        #expect(ran.count == Set(ran).count)
        #expect(Set(ran).union(withdrawn).union(refused) == submitted)
        if case .refused = queue.submit(0, id: -1) {} else { Issue.record("a closed queue took a job") }
    }
}
