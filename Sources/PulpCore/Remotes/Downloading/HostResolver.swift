internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Finds the addresses of hosts, and hands out only those that an ``AddressPolicy`` allows.
///
/// Whoever asks must connect to one of these addresses, and not resolve the name again: a name may mean another address then.
final class HostResolver: Sendable {
    private struct Entry {
        let addresses: [IPAddress]
        let expiry: Timestamp
    }

    private let time: DownloadTime
    private let lookUp: @Sendable (String) async throws -> [IPAddress]
    private let entries = Mutex<[String: Entry]>([:])
    private let flights = SingleFlight<String, [IPAddress]>()

    init(
        time: DownloadTime,
        lookUp: @escaping @Sendable (String) async throws -> [IPAddress] = HostResolver.system
    ) {
        (self.time, self.lookUp) = (time, lookUp)
    }

    /// The allowed addresses of a host, best first; never empty.
    /// - Throws: ``DownloadFailure`` when the name is unknown, or all its addresses are refused.
    func addresses(of host: String, allowedBy policy: AddressPolicy) async throws -> [IPAddress] {
        let all = try await addresses(of: host)
        let allowed = all.filter { policy.refusal(of: $0) == nil }
        guard allowed.isEmpty else { return allowed }
        guard let first = all.first, let refusal = policy.refusal(of: first) else {
            throw DownloadFailure(final: PulpError(.hostNotFound, "the host \(host) has no address"))
        }
        throw DownloadFailure(
            final: PulpError(.connection, "the host \(host) is refused: \(first) is \(refusal.rawValue)"))
    }

    private func addresses(of host: String) async throws -> [IPAddress] {
        if let literal = IPAddress(host) { return [literal] }
        let now = time.now()
        if let entry = entries.withLock({ $0[host] }), entry.expiry > now { return entry.addresses }
        let addresses = try await flights.run(host) { try await self.lookUp(host) }
        entries.withLock { entries in
            // Bounded, since hosts come from outside; what is lost is looked up again.
            if entries.count >= 256 { entries.removeAll() }
            entries[host] = Entry(addresses: addresses, expiry: now + .seconds(30))
        }
        return addresses
    }

    /// Asks the system, off the event loops.
    static let system: @Sendable (String) async throws -> [IPAddress] = { host in
        try await NIOThreadPool.singleton.runIfActive { try resolve(host) }
    }

    private static func resolve(_ host: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        var status = getaddrinfo(host, nil, &hints, &list)
        if status == EAI_NONAME {
            // Without any configured address but loopback, AI_ADDRCONFIG hides what would still be reachable.
            hints.ai_flags = 0
            status = getaddrinfo(host, nil, &hints, &list)
        }
        guard status == 0 else {
            let kind: RetryPolicy.Failure = status == EAI_AGAIN ? .interrupted : .final
            throw DownloadFailure(kind, .hostNotFound, "the host \(host) is not found: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = IPAddress(current.pointee), !addresses.contains(address) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }
}
