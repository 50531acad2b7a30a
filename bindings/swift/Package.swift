// swift-tools-version:5.9
import PackageDescription

// On a Mac the library is an XCFramework, made by ./xcframework; elsewhere it is linked from where ./prepare puts it.
#if os(macOS)
    let library = Target.binaryTarget(name: "WaxsealFFI", path: "target/WaxsealFFI.xcframework")
#else
    let library = Target.systemLibrary(name: "WaxsealFFI")
#endif

let package = Package(
    name: "Waxseal",
    platforms: [.macOS(.v12)],
    products: [.library(name: "Waxseal", targets: ["Waxseal"])],
    targets: [
        library,
        .target(name: "Waxseal", dependencies: ["WaxsealFFI"]),
        .target(name: "Securing", dependencies: ["Waxseal"]),
        .executableTarget(name: "example", dependencies: ["Securing"]),
        .testTarget(name: "WaxsealTests", dependencies: ["Waxseal", "Securing"]),
    ]
)
