import Foundation

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
func entries(_ path: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
