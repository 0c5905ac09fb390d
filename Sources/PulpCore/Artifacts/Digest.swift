internal import COpenSSL

/// A checksum algorithm that an artifact may be known by.
public enum DigestAlgorithm: String, CaseIterable, Sendable, Hashable, Codable {
    case md5, sha1, sha224, sha256, sha384, sha512

    /// The length of its digests in hexadecimal digits.
    public var digits: Int {
        switch self {
        case .md5: 32
        case .sha1: 40
        case .sha224: 56
        case .sha256: 64
        case .sha384: 96
        case .sha512: 128
        }
    }

    /// From the one to trust most to the one to trust least; the order in which a match is looked for.
    public static let byStrength: [DigestAlgorithm] = [.sha256, .sha512, .sha384, .sha224, .sha1, .md5]

    var openSSL: OpaquePointer? {
        switch self {
        case .md5: EVP_md5()
        case .sha1: EVP_sha1()
        case .sha224: EVP_sha224()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}

/// A SHA-256 digest: an artifact's name.
public struct SHA256Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 64 hexadecimal digits, in lower case.
    public let hex: String

    /// Takes 64 hexadecimal digits of any case.
    /// - Throws: ``InvalidField`` for anything else.
    public init(hex: String) throws(InvalidField) {
        self.hex = try Digests.normalize(hex, as: .sha256)
    }

    init(unchecked hex: String) { self.hex = hex }

    /// The digest of no bytes.
    public static let ofNothing = SHA256Digest(unchecked: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    /// The 64 hexadecimal digits.
    public var description: String { hex }
    /// Orders digests as text, as both databases do.
    public static func < (left: Self, right: Self) -> Bool { left.hex < right.hex }
}

extension SHA256Digest: FieldValue {
    /// Text.
    public static var fieldType: FieldType { .text }
    /// The hexadecimal digits as a JSON string.
    public var json: JSON { .string(hex) }
    /// Takes a string of 64 hexadecimal digits of any case.
    public init(json: JSON) throws(InvalidField) { try self.init(hex: try String(json: json)) }
    /// The hexadecimal digits as text.
    public var sql: SQLValue { .text(hex) }
    /// Reads a digest; nothing checks it.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) { self.init(unchecked: try String(sql: sql)) }
}

/// Digests of one piece of bytes, by algorithm: the ones computed, or the ones somebody claims.
public struct Digests: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private var values: [DigestAlgorithm: String] = [:]

    /// No digests.
    public init() {}
    /// These digests, in lower case; nothing checks them.
    public init(dictionaryLiteral elements: (DigestAlgorithm, String)...) {
        values = Dictionary(elements, uniquingKeysWith: { _, last in last })
    }

    /// Takes claimed digests.
    /// - Throws: ``InvalidField`` for a digest that its algorithm cannot have made.
    public init(claimed values: [DigestAlgorithm: String]) throws(InvalidField) {
        for (algorithm, digest) in values { self.values[algorithm] = try Self.normalize(digest, as: algorithm) }
    }

    /// The digest of an algorithm in lower case, which nothing checks; nil when there is none.
    public subscript(algorithm: DigestAlgorithm) -> String? {
        get { values[algorithm] }
        set { values[algorithm] = newValue }
    }

    /// The SHA-256 digest, if it is among them.
    public var sha256: SHA256Digest? { values[.sha256].map { SHA256Digest(unchecked: $0) } }
    /// The algorithms of which there is a digest.
    public var algorithms: Set<DigestAlgorithm> { Set(values.keys) }
    /// Whether there is no digest.
    public var isEmpty: Bool { values.isEmpty }

    /// The first algorithm, strongest first, whose claim these digests contradict.
    ///
    /// Every claim counts: a match of a weak digest does not outweigh a mismatch of a strong one.
    public func mismatch(with claimed: Digests) -> DigestAlgorithm? {
        DigestAlgorithm.byStrength.first { algorithm in
            guard let claim = claimed[algorithm], let actual = self[algorithm] else { return false }
            return claim != actual
        }
    }

    /// Refuses a claim that cannot be checked: one whose digests are all of algorithms that the configuration forbids.
    /// - Parameters:
    ///   - allowed: the algorithms that the configuration allows.
    ///   - isRequired: whether a claim without any digest is refused too: for bytes that are fetched later.
    ///   - name: what to call the bytes in the message.
    /// - Throws: ``PulpError`` with `unsupportedDigest` or `missingDigest`.
    public func checkTrusted(_ allowed: Set<DigestAlgorithm>, isRequired: Bool = false, of name: String) throws(PulpError) {
        if isEmpty {
            guard isRequired else { return }
            throw PulpError(.missingDigest, "\(name): there is no digest to check the bytes by")
        }
        if values.keys.contains(where: { $0 == .sha256 || allowed.contains($0) }) { return }
        let offered = algorithms.map(\.rawValue).sorted().joined(separator: ", ")
        throw PulpError(.unsupportedDigest, "\(name): there are only digests that are not allowed: \(offered)")
    }

    static func normalize(_ digest: String, as algorithm: DigestAlgorithm) throws(InvalidField) -> String {
        let lowered = digest.lowercased()
        guard lowered.utf8.count == algorithm.digits,
            lowered.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            throw InvalidField("\"\(digest.prefix(160))\" is not a \(algorithm.rawValue) digest.")
        }
        return lowered
    }
}
