// swift-tools-version: 6.2

import CompilerPluginSupport
import PackageDescription

let package = Package(
    name: "temporal-swift",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Temporal", targets: ["Temporal"]),
        .library(name: "TemporalClient", targets: ["TemporalClient"]),
        .library(name: "TemporalWorker", targets: ["TemporalWorker"]),
        .library(name: "TemporalTracing", targets: ["TemporalTracing"]),
        .library(name: "TemporalTestServer", targets: ["TemporalTestServer"]),
        .library(name: "TemporalTesting", targets: ["TemporalTesting"]),
        .library(name: "TemporalTestingTraits", targets: ["TemporalTestingTraits"]),
        .library(name: "TemporalXCTest", targets: ["TemporalXCTest"]),
        .executable(name: "data-routing", targets: ["data-routing"]),
        .executable(name: "loyalty-points", targets: ["loyalty-points"]),
        .executable(name: "batcher-service", targets: ["batcher-service"]),
        .executable(name: "main-service", targets: ["main-service"]),
        .executable(name: "temporal-test-server", targets: ["temporal-test-server"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        // For tests only: a codec that encrypts.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        // Behind grpc-swift-nio-transport in any case.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", "602.0.0"..<"604.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(
            name: "TemporalAPI",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["generate"]
        ),
        .target(
            name: "Temporal",
            dependencies: [
                "TemporalAPI",
                "TemporalMacros",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]
        ),
        .macro(
            name: "TemporalMacros",
            dependencies: [
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
            ]
        ),
        .target(
            name: "TemporalClient",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ]
        ),
        .target(
            name: "TemporalWorker",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                "TemporalClient",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "TemporalTracing",
            dependencies: [
                "Temporal",
                "TemporalClient",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .target(
            name: "TemporalTestServer",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        // Apart from the program, so that tests import a library.
        .target(
            name: "TemporalTestServerCommand",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                "TemporalTestServer",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .executableTarget(
            name: "temporal-test-server",
            dependencies: [
                "TemporalTestServerCommand",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .target(
            name: "TemporalTesting",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                "TemporalClient",
                "TemporalWorker",
                "TemporalTestServer",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // Apart from TemporalTesting, which programs can use too: these need a testing library.
        .target(name: "TemporalTestingTraits", dependencies: ["Temporal", "TemporalTesting"]),
        .target(name: "TemporalXCTest", dependencies: ["Temporal", "TemporalTesting"]),
        // What the samples share: where the service is, progress for people, the frame of a process.
        .target(
            name: "SampleSupport",
            dependencies: [
                "Temporal",
                "TemporalClient",
                "TemporalTestServer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Samples/Support"
        ),
        .target(
            name: "DataRouting",
            dependencies: [
                "SampleSupport",
                "Temporal",
                "TemporalClient",
                "TemporalWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Samples/DataRouting",
            exclude: ["Executable", "README.md", "check.sh"]
        ),
        .target(
            name: "LoyaltyPoints",
            dependencies: [
                "SampleSupport",
                "Temporal",
                "TemporalClient",
                "TemporalWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Samples/LoyaltyPoints",
            exclude: ["Executable", "README.md", "check.sh"]
        ),
        .target(
            name: "WriteBatching",
            dependencies: [
                "SampleSupport",
                "Temporal",
                "TemporalClient",
                "TemporalWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Samples/WriteBatching",
            exclude: ["BatcherService", "MainService", "README.md", "check.sh"]
        ),
        // Apart from the rest, so that tests import a library: a test that imports an executable may be built before it.
        .executableTarget(
            name: "data-routing",
            dependencies: ["DataRouting", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Samples/DataRouting/Executable"
        ),
        .executableTarget(
            name: "loyalty-points",
            dependencies: ["LoyaltyPoints", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Samples/LoyaltyPoints/Executable"
        ),
        .executableTarget(
            name: "batcher-service",
            dependencies: ["WriteBatching", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Samples/WriteBatching/BatcherService"
        ),
        .executableTarget(
            name: "main-service",
            dependencies: ["WriteBatching", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Samples/WriteBatching/MainService"
        ),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                "TemporalClient",
                "TemporalTestServer",
                "TemporalTesting",
                "TemporalWorker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Benchmarks",
            exclude: ["README.md"],
            resources: [.copy("Histories")]
        ),
        .testTarget(
            name: "TemporalTests",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // It compiles the sources of the macros itself, by a link to their folder. If a test target depended on the macro
        // target, all tests and all that they need would be built a second time, as tools.
        .testTarget(
            name: "TemporalMacrosTests",
            dependencies: [
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacroExpansion", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacrosGenericTestSupport", package: "swift-syntax"),
            ],
            exclude: ["Macros/Plugin.swift"]
        ),
        .testTarget(
            name: "TemporalClientTests",
            dependencies: [
                "Temporal",
                "TemporalAPI",
                "TemporalClient",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ]
        ),
        .testTarget(
            name: "TemporalWorkerTests",
            dependencies: [
                "Temporal", "TemporalAPI", "TemporalClient", "TemporalTestServer", "TemporalTestServerCommand",
                "TemporalTesting", "TemporalWorker",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "TemporalTestServerTests",
            dependencies: [
                "Temporal", "TemporalAPI", "TemporalTestServer",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]
        ),
        .testTarget(
            name: "TemporalTestServerCommandTests",
            dependencies: [
                "Temporal", "TemporalAPI", "TemporalClient", "TemporalTestServer", "TemporalTestServerCommand",
                "TemporalWorker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]
        ),
        .testTarget(
            name: "TemporalTestingTests",
            dependencies: [
                "Temporal", "TemporalAPI", "TemporalClient", "TemporalTesting", "TemporalTestingTraits",
                "TemporalTestServer", "TemporalWorker", "TemporalXCTest",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "Temporal", "TemporalAPI", "TemporalClient", "TemporalTestServer", "TemporalTesting", "TemporalWorker",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .testTarget(
            name: "TemporalTracingTests",
            dependencies: [
                "Temporal", "TemporalClient", "TemporalTesting", "TemporalTracing", "TemporalWorker",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "Temporal", "TemporalClient", "TemporalTestServer", "TemporalTestServerCommand", "TemporalWorker",
            ],
            path: "Tests/Interop",
            exclude: ["features.py", "flows.py", "peer.py", "requirements.txt"]
        ),
        .testTarget(
            name: "WriteBatchingTests",
            dependencies: ["Temporal", "TemporalClient", "TemporalTesting", "WriteBatching"]
        ),
        .testTarget(
            name: "LoyaltyPointsTests",
            dependencies: [
                "LoyaltyPoints", "Temporal", "TemporalClient", "TemporalTesting", "TemporalWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "DataRoutingTests",
            dependencies: [
                "DataRouting", "SampleSupport", "Temporal", "TemporalAPI", "TemporalClient", "TemporalTesting",
                "TemporalTestServer",
                "TemporalWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    var settings = target.swiftSettings ?? []
    settings += [
        // `any` marks every existential, so that its cost is visible where it is paid.
        .enableUpcomingFeature("ExistentialAny"),
        // An import is internal unless it says otherwise, so that no dependency leaks into the public API by accident.
        .enableUpcomingFeature("InternalImportsByDefault"),
        // A file sees only the members of modules it imports itself.
        .enableUpcomingFeature("MemberImportVisibility"),
        // An async function stays on its caller's actor, which keeps the order of workflow code decidable.
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    target.swiftSettings = settings
}
