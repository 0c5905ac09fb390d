extension SQLConnection {
    /// Says that what is distributed has changed: every cache of answers is dropped when the transaction commits.
    public func bumpCatalogue() throws {
        try execute("UPDATE catalogue SET generation = generation + 1")
        try announce()
    }
}
