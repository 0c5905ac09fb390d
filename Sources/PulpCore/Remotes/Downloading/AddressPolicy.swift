/// Which addresses a remote may be at: a remote is what a user wrote, and the network of the server is not the user's.
struct AddressPolicy: Hashable, Sendable {
    /// Whether loopback and private addresses are allowed.
    var allowsPrivate: Bool

    enum Refusal: String, Hashable, Sendable {
        case linkLocal = "a link-local address"
        case metadata = "the address of a metadata service"
        case special = "no address of a host"
        case `private` = "a private address"
    }

    /// Why an address is refused; nil when it is allowed.
    ///
    /// IPv6 forms that carry an IPv4 address are judged by that address.
    func refusal(of address: IPAddress) -> Refusal? {
        switch address.embedded {
        case .v4(let bits):
            if Self.metadata.contains(bits) { return .metadata }
            if Self.matches(bits, 0xA9FE_0000, 16) { return .linkLocal }
            if bits >= 0xE000_0000 { return .special }
            if !allowsPrivate, Self.privateNetworks.contains(where: { Self.matches(bits, $0.0, $0.1) }) { return .private }
        case .v6(let high, let low):
            if high == 0xFD00_0EC2_0000_0000, low == 0x254 { return .metadata }
            if high >> 54 == 0xFE80 >> 6 { return .linkLocal }
            if high >> 56 == 0xFF { return .special }
            let isLocal = high == 0 && low <= 1 || high >> 57 == 0xFC >> 1 || high >> 54 == 0xFEC0 >> 6
            if !allowsPrivate, isLocal { return .private }
        }
        return nil
    }

    /// AWS, Azure, GCP and others; Azure's wire server; Alibaba; Oracle.
    private static let metadata: Set<UInt32> = [0xA9FE_A9FE, 0xA83F_8110, 0x6464_64C8, 0xC000_00C0]

    /// "This" host, loopback, RFC 1918, carrier-grade NAT, protocol assignments, benchmarking.
    private static let privateNetworks: [(UInt32, Int)] = [
        (0x0000_0000, 8), (0x7F00_0000, 8), (0x0A00_0000, 8), (0xAC10_0000, 12), (0xC0A8_0000, 16),
        (0x6440_0000, 10), (0xC000_0000, 24), (0xC612_0000, 15),
    ]

    private static func matches(_ bits: UInt32, _ network: UInt32, _ length: Int) -> Bool {
        (bits ^ network) >> (32 - length) == 0
    }
}
