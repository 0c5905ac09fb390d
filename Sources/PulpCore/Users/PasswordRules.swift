/// What a new password of a user must not be.
public enum PasswordRules {
    /// The longest in bytes: what is longer is no password, and costs time.
    static let longest = 4096
    private static let shortest = 8

    /// Refuses a password that is too easy to guess, in Pulp's words.
    /// - Throws: ``ValidationError`` with everything that is wrong.
    public static func check(_ password: String) throws(ValidationError) {
        guard !password.isEmpty else { throw ValidationError("password", "This field may not be blank.") }
        guard !password.hasNUL else { throw ValidationError("password", "Null characters are not allowed.") }
        guard password.utf8.count <= longest else {
            throw ValidationError("password", "Ensure this field has no more than \(longest) characters.")
        }
        var problems: [String] = []
        if password.unicodeScalars.count < shortest {
            problems.append("This password is too short. It must contain at least \(shortest) characters.")
        }
        if common.contains(password.lowercased()) { problems.append("This password is too common.") }
        if password.allSatisfy(\.isWholeNumber) { problems.append("This password is entirely numeric.") }
        guard problems.isEmpty else {
            throw ValidationError(problems: problems.map { ValidationError.Problem(field: nil, message: $0) })
        }
    }

    /// The first that everybody tries, as far as no other rule refuses them.
    private static let common: Set<String> = [
        "password", "password1", "password12", "password123", "passw0rd", "p@ssw0rd", "p@ssword", "qwertyui", "qwertyuiop", "qwerty12",
        "qwerty123", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "qazwsxedc", "zaq12wsx", "asdfghjk", "asdfghjkl", "iloveyou", "sunshine",
        "princess", "football", "baseball", "basketball", "superman", "trustno1", "starwars", "whatever", "computer", "internet",
        "michelle", "jennifer", "corvette", "mercedes", "changeme", "letmein1", "welcome1", "welcome123", "admin123", "administrator",
        "abcd1234", "abc12345", "aa123456", "a1234567", "12345678a", "test1234", "secret123", "pulppulp", "pulpadmin",
    ]
}
