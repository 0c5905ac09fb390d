import PulpCore
import PulpServer
import Testing

@Suite("The configuration of the content server")
struct ConfigurationTests {
    @Test("has the operator's word on the path, and on how long responses may go on after a request to stop")
    func settings() {
        var settings = Settings(dataDirectory: "/nonexistent")
        (settings.contentPathPrefix, settings.graceInterval) = ("/files/", .seconds(1234))
        let configuration = ContentServer.Configuration(settings: settings)
        #expect(configuration.pathPrefix == "/files/")
        #expect(configuration.grace == .seconds(1234))
    }
}
