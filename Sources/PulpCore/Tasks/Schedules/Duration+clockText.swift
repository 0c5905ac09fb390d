extension Duration {
    /// `1 06:30:00`: days and the time of day, as the REST API writes durations.
    package var clockText: String {
        let seconds = components.seconds
        let parts = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60]
        let clock = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return seconds < 86_400 ? clock : "\(seconds / 86_400) \(clock)"
    }
}
