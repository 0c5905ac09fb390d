/// PulpTesting.
