import Foundation

/// What `pulpd` asks of its own process.
enum Process {
    /// Takes as many file descriptors as the system lets it: each connection needs one, and each file on its way another.
    static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
