// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Fewer bytes to read, to relocate and to keep in memory: relative relocations in their packed form, and no table of symbols for
// libraries that are opened later, which there are none of.
let programLinking: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic"],
        .when(platforms: [.linux], configuration: .release))
]

let package = Package(
    name: "pulp",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "PulpCore", targets: ["PulpCore"]),
        .library(name: "PulpFile", targets: ["PulpFile"]),
        .library(name: "PulpPlugins", targets: ["PulpPlugins"]),
        .library(name: "PulpPostgreSQL", targets: ["PulpPostgreSQL"]),
        .library(name: "PulpS3", targets: ["PulpS3"]),
        .library(name: "PulpServer", targets: ["PulpServer"]),
        .library(name: "PulpTesting", targets: ["PulpTesting"]),
        .executable(name: "pulpd", targets: ["pulpd"]),
        .executable(name: "pulpctl", targets: ["pulpctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // System calls that Swift cannot reach, and system libraries: no logic.
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CPostgreSQL"),

        .target(
            name: "PulpCore",
            dependencies: [
                "CLinux", "COpenSSL",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .target(
            name: "PulpPostgreSQL",
            dependencies: [
                "PulpCore", "CPostgreSQL",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),

        .target(
            name: "PulpS3",
            dependencies: [
                "COpenSSL", "PulpCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),

        .target(
            name: "PulpFile", dependencies: ["PulpCore", .product(name: "NIOCore", package: "swift-nio")],
            path: "Sources/PulpPlugins/File", swiftSettings: settings),
        .target(
            name: "PulpPlugins", dependencies: ["PulpFile", "PulpCore"], path: "Sources/PulpPlugins",
            exclude: ["File"], swiftSettings: settings),

        .target(
            name: "PulpServer",
            dependencies: [
                "PulpCore",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "PulpTesting",
            dependencies: [
                "PulpCore", "PulpPostgreSQL",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),

        // What both programs read from the environment and from pulp.yaml.
        .target(
            name: "PulpConfiguration",
            dependencies: [
                "PulpCore", "PulpPostgreSQL", "PulpS3",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "pulpd",
            dependencies: [
                "PulpConfiguration", "PulpCore", "PulpPlugins", "PulpServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings, linkerSettings: programLinking),
        // What pulpctl does: its commands, options and output.
        .target(
            name: "PulpControl",
            dependencies: [
                "PulpConfiguration", "PulpCore", "PulpFile", "PulpPlugins",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .executableTarget(name: "pulpctl", dependencies: ["PulpControl"], swiftSettings: settings, linkerSettings: programLinking),

        // Kills, stops and lies to real programs, and looks at what they leave.
        .target(
            name: "PulpFaults",
            dependencies: [
                "PulpConfiguration", "PulpCore", "PulpFile", "PulpTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "pulp-faults",
            dependencies: [
                "PulpFaults", "PulpTesting", "pulpctl", "pulpd", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        .target(name: "RecipePlugin", dependencies: ["PulpCore"], path: "Examples/RecipePlugin", swiftSettings: settings),
        .executableTarget(
            name: "embedding", dependencies: ["PulpCore", "PulpFile", "PulpServer"], path: "Examples/Embedding",
            swiftSettings: settings),

        .executableTarget(
            name: "task-benchmark",
            dependencies: [
                "PulpConfiguration", "PulpCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/Tasks", swiftSettings: settings),

        .testTarget(
            name: "PulpCoreTests",
            dependencies: [
                "PulpCore", "PulpTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PulpPostgreSQLTests", dependencies: ["PulpCore", "PulpPostgreSQL", "PulpTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "PulpS3Tests",
            dependencies: [
                "PulpCore", "PulpFile", "PulpS3", "PulpServer", "PulpTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PulpConfigurationTests",
            dependencies: [
                "PulpConfiguration", "PulpCore", "PulpS3", "PulpTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PulpControlTests",
            dependencies: [
                "PulpControl", "PulpCore", "PulpFile", "PulpTesting", "pulpctl", "pulpd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PulpFaultTests",
            dependencies: [
                "PulpConfiguration", "PulpCore", "PulpFaults", "PulpFile", "PulpTesting", "pulpctl", "pulpd",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PulpFileTests",
            dependencies: ["PulpCore", "PulpFile", "PulpPostgreSQL", "PulpTesting", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        .testTarget(
            name: "PulpServerTests",
            dependencies: [
                "PulpCore", "PulpFile", "PulpServer", "PulpTesting", "pulpd",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: [
                "API/Oracle/openapi.json", "API/Oracle/not-served.txt", "API/Oracle/differences.txt",
                "Clients/checks.py", "Clients/upstream.py", "Clients/pulp_commands.py", "Clients/bindings.py", "Clients/samples.py",
                "Clients/document.py", "Clients/samples",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "RecipePluginTests",
            dependencies: ["PulpCore", "RecipePlugin", "PulpTesting", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
