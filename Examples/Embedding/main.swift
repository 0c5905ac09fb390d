// embedding URL PORT: mirrors the files that a PULP_MANIFEST at URL lists into ./pulp-data, and serves them on PORT.
import PulpCore
import PulpFile
import PulpServer

let (url, port) = (CommandLine.arguments[1], Int(CommandLine.arguments[2]) ?? 24816)

let pulp = try await Pulp(at: "./pulp-data", plugins: [.file])
let remote = try await pulp.findOrCreate(FileRemote(name: "upstream", url: url))
let repository = try await pulp.findOrCreate(FileRepository(name: "files", autopublish: true))
_ = try await pulp.findOrCreate(FileDistribution(name: "files", basePath: "files", of: repository.id))
try await pulp.run(SynchronizeFiles(repository.id, from: remote.id))
try await pulp.serve(port: port)
