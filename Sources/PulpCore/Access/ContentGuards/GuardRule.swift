/// What one guard asks of a request.
public enum GuardTest: Sendable {
    /// Lets everybody in.
    case everybody
    /// Lets nobody in, for this reason.
    case nobody(String)
    /// Decided by the request alone and at once, on the event loop of a server.
    case condition(@Sendable (GuardedRequest) -> GuardVerdict)
    /// Decided by the request alone, by work that an event loop has no time for.
    case computation(@Sendable (GuardedRequest) -> GuardVerdict)
    /// Lets in who has a permission on the thing with this PRN, and administrators.
    case permission(Permission, on: String)
}

/// What a guard asks of a request, with all that it consists of: one test that is passed is enough, and without a test nobody passes.
struct GuardRule: Sendable {
    struct Part: Sendable {
        /// How a denial calls the part; nil where it speaks for itself.
        let name: String?
        let test: GuardTest
    }

    let parts: [Part]

    /// The verdict, where it can be told at once; nil where somebody must wait for it.
    func verdict(on request: GuardedRequest) -> GuardVerdict? {
        var denials: [String] = []
        var isOpen = false
        for part in parts {
            switch part.test.verdict(on: request) {
            case .permitted?: return .permitted
            case .denied(let reason)?: denials.append(part.naming(reason))
            case nil: isOpen = true
            }
        }
        return isOpen ? nil : Self.denied(denials)
    }

    /// The verdict.
    /// - Parameter ask: whether who sent the request has a permission on the thing with a PRN.
    func verdict(
        on request: GuardedRequest, asking ask: (_ permission: Permission, _ prn: String) async throws -> GuardVerdict
    ) async throws -> GuardVerdict {
        if let verdict = verdict(on: request) { return verdict }
        var denials: [String] = []
        for part in parts {
            switch try await part.test.verdict(on: request, asking: ask) {
            case .permitted: return .permitted
            case .denied(let reason): denials.append(part.naming(reason))
            }
        }
        return Self.denied(denials)
    }

    private static func denied(_ reasons: [String]) -> GuardVerdict {
        .denied(reasons.isEmpty ? "Access denied." : reasons.joined(separator: " "))
    }
}

extension GuardRule.Part {
    fileprivate func naming(_ reason: String) -> String { name.map { "\($0): \(reason)" } ?? reason }
}

extension GuardTest {
    fileprivate func verdict(on request: GuardedRequest) -> GuardVerdict? {
        switch self {
        case .everybody: .permitted
        case .nobody(let reason): .denied(reason)
        case .condition(let condition): condition(request)
        case .computation, .permission: nil
        }
    }

    fileprivate func verdict(
        on request: GuardedRequest, asking ask: (_ permission: Permission, _ prn: String) async throws -> GuardVerdict
    ) async throws -> GuardVerdict {
        switch self {
        case .everybody: .permitted
        case .nobody(let reason): .denied(reason)
        case .condition(let condition), .computation(let condition): condition(request)
        case .permission(let permission, let prn): try await ask(permission, prn)
        }
    }
}
