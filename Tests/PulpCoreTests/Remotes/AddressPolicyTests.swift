import PulpTesting
import Testing

@testable import PulpCore

@Suite("Addresses that remotes may be at")
struct AddressPolicyTests {
    private func refusal(_ text: String, allowsPrivate: Bool) throws -> AddressPolicy.Refusal? {
        AddressPolicy(allowsPrivate: allowsPrivate).refusal(of: try #require(IPAddress(text), "\(text)"))
    }

    @Test(
        "link-local, metadata and multicast addresses never are, in whatever form",
        arguments: [
            "169.254.169.254", "169.254.0.1", "169.254.255.255", "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1", "fe80::1", "febf:ffff::1", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192",
            "224.0.0.1", "239.1.2.3", "255.255.255.255", "240.0.0.1", "ff02::1", "::ffff:224.0.0.1",
        ])
    func always(address: String) throws {
        #expect(try refusal(address, allowsPrivate: true) != nil)
        #expect(try refusal(address, allowsPrivate: false) != nil)
    }

    @Test(
        "loopback and private addresses are where the operator says so",
        arguments: [
            "127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "0.0.0.0", "0.1.2.3",
            "198.18.0.1", "::1", "::", "fc00::1", "fdff::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::7f00:1", "2002:c0a8:1::1",
            "fec0::1", "::127.0.0.1",
        ])
    func `private`(address: String) throws {
        #expect(try refusal(address, allowsPrivate: true) == nil)
        #expect(try refusal(address, allowsPrivate: false) == .private)
    }

    @Test(
        "all others are",
        arguments: [
            "8.8.8.8", "172.15.255.255", "172.32.0.1", "169.253.255.255", "169.255.0.0", "100.63.255.255", "100.128.0.0", "11.0.0.1",
            "192.0.1.1", "223.255.255.255", "2001:4860:4860::8888", "::ffff:8.8.8.8", "2a00::1", "fb00::1",
        ])
    func open(address: String) throws {
        #expect(try refusal(address, allowsPrivate: false) == nil)
    }

    @Test("an address is read only in its plain forms, and written so that it is read as the same")
    func forms() throws {
        for text in ["127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.0.0.1 ", "fe80::1%lo", "[::1]", "", "localhost"] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
        for seed in 0..<500 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let six = IPAddress.v6(high: random.next(), low: random.next())
            let four = IPAddress.v4(UInt32(truncatingIfNeeded: random.next()))
            #expect(IPAddress(six.description) == six)
            #expect(IPAddress(four.description) == four)
        }
    }
}
