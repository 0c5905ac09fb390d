/// The secrets that guards share with those who sign for them: derived from the key of the database, and stored nowhere.
public struct GuardSecrets: Sendable {
    let box: SecretBox

    /// The secret of a guard; nil in a process that has no key.
    func secret(of prn: String) -> [UInt8]? { box.derivedKey(for: "content guard \(prn)") }
}
