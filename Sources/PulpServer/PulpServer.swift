/// PulpServer.
