extension StringProtocol {
    /// What stands between the slashes of a path, empty segments included.
    ///
    /// Slashes are bytes here: to `Character` a slash and a combining mark behind it are one letter, and no slash at all.
    func pathSegments(maxSplits: Int = .max) -> [Substring] {
        Substring(self).utf8.split(separator: UInt8(ascii: "/"), maxSplits: maxSplits, omittingEmptySubsequences: false)
            .map { Substring($0) }
    }
}
