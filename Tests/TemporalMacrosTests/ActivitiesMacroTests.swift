import Testing

@Suite struct ActivitiesMacroTests {
    @Test func `A struct lists its activities, bound to the instance`() {
        expectExpansion(
            """
            @Activities
            public struct Routes {
                @Activity public func next(_ packet: Packet, after failed: [String]?) async throws -> Route { route }
                @Activity(name: "log") func note() {}
                func helper() {}
            }
            """,
            to: """

                public struct Routes {
                    public func next(_ packet: Packet, after failed: [String]?) async throws -> Route { route }

                    public nonisolated static var next: Temporal.ActivityReference<Packet, [String]?, Route> {
                        .init(name: "next", returning: Route.self)
                    }
                    func note() {}

                    nonisolated static var note: Temporal.ActivityReference<Void> {
                        .init(name: "log")
                    }
                    func helper() {}

                    public var activities: [Temporal.ActivityDefinition] {
                        [
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Packet, [String]?, Route>(name: "next", returning: Route.self)
                            ) { (p0: Packet, p1: [String]?) async throws -> Route in
                                try await self.next(p0, after: p1)
                            },
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Void>(name: "log")
                            ) { () async throws -> Void in
                                self.note()
                            },
                        ]
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }

    @Test func `A reference to an activity that may be overridden is public`() {
        expectExpansion(
            """
            @Activities
            open class Routes {
                @Activity open func next() {}
            }
            """,
            to: """

                open class Routes {
                    open func next() {}

                    public nonisolated static var next: Temporal.ActivityReference<Void> {
                        .init(name: "next")
                    }

                    public var activities: [Temporal.ActivityDefinition] {
                        [
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Void>(name: "next")
                            ) { () async throws -> Void in
                                self.next()
                            },
                        ]
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }

    @Test func `What may be isolated to a global actor is called so that it may be`() {
        expectExpansion(
            """
            @Database @Activities
            struct Routes {
                @Activity func next(_ from: Int, after last: String) throws -> Int { 0 }
                @Activity func clear() {}
                @Activity nonisolated func last() -> Int { 0 }
            }
            """,
            to: """
                @Database
                struct Routes {
                    func next(_ from: Int, after last: String) throws -> Int { 0 }

                    nonisolated static var next: Temporal.ActivityReference<Int, String, Int> {
                        .init(name: "next", returning: Int.self)
                    }
                    func clear() {}

                    nonisolated static var clear: Temporal.ActivityReference<Void> {
                        .init(name: "clear")
                    }
                    nonisolated func last() -> Int { 0 }

                    nonisolated static var last: Temporal.ActivityReference<Int> {
                        .init(name: "last", returning: Int.self)
                    }

                    nonisolated var activities: [Temporal.ActivityDefinition] {
                        [
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int, String, Int>(name: "next", returning: Int.self)
                            ) { (p0: Int, p1: String) async throws -> Int in
                                try await (self.next(_:after:) as (Int, String) async throws -> Int)(p0, p1)
                            },
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Void>(name: "clear")
                            ) { () async throws -> Void in
                                try await (self.clear as () async throws -> Void)()
                            },
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int>(name: "last", returning: Int.self)
                            ) { () async throws -> Int in
                                self.last()
                            },
                        ]
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }

    @Test func `Activities of an actor are awaited, unless they are not isolated`() {
        expectExpansion(
            """
            @Activities
            actor Routes {
                @Activity func next() -> Int { 0 }
                @Activity nonisolated func last() throws -> Int { 0 }
            }
            """,
            to: """

                actor Routes {
                    func next() -> Int { 0 }

                    nonisolated static var next: Temporal.ActivityReference<Int> {
                        .init(name: "next", returning: Int.self)
                    }
                    nonisolated func last() throws -> Int { 0 }

                    nonisolated static var last: Temporal.ActivityReference<Int> {
                        .init(name: "last", returning: Int.self)
                    }

                    nonisolated var activities: [Temporal.ActivityDefinition] {
                        [
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int>(name: "next", returning: Int.self)
                            ) { () async throws -> Int in
                                await self.next()
                            },
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int>(name: "last", returning: Int.self)
                            ) { () async throws -> Int in
                                try self.last()
                            },
                        ]
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }

    @Test func `Activities on the main actor are awaited`() {
        expectExpansion(
            """
            @Activities @MainActor
            final class Routes {
                @Activity func next() -> Int { 0 }
            }
            """,
            to: """
                @MainActor
                final class Routes {
                    func next() -> Int { 0 }

                    nonisolated static var next: Temporal.ActivityReference<Int> {
                        .init(name: "next", returning: Int.self)
                    }

                    nonisolated var activities: [Temporal.ActivityDefinition] {
                        [
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int>(name: "next", returning: Int.self)
                            ) { () async throws -> Int in
                                await self.next()
                            },
                        ]
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }

    @Test(arguments: ["Base", "Refining, Other", "Temporal.ActivityContainer"])
    func `A class that conforms already gets its members all the same`(_ inherited: String) {
        // As for the compiler, what conforms already is not to be made to conform: a protocol of the clause may refine the
        // conformance, or an extension state it. If a superclass does, the compiler says that the members are overridden.
        let (activities, found) = expansion(
            of: "@Activities class Routes: \(inherited) { @Activity func next() {} }",
            conformances: []
        )
        #expect(activities.contains("var activities: [Temporal.ActivityDefinition]") && found == [])
        #expect(!activities.contains("extension"))
        let (operations, problems) = expansion(
            of: "@NexusService class Desk: \(inherited) { @NexusOperation func ask() {} }",
            conformances: []
        )
        #expect(operations.contains("var nexusOperations: [Temporal.NexusOperationDefinition]") && problems == [])
    }

    @Test func `A reference is as available as what it refers to, and nothing warns of a call of what is deprecated`() {
        expectExpansion(
            """
            @Activities
            struct Routes {
                @available(*, deprecated, message: "Use last.")
                @available(macOS 15, *)
                @available(*, noasync)
                @Activity func next() -> Int { 0 }
                @available(macOS 16, *) @Activity func last() -> Int { 0 }
            }
            """,
            to: """

                struct Routes {
                    @available(*, deprecated, message: "Use last.")
                    @available(macOS 15, *)
                    @available(*, noasync)
                    func next() -> Int { 0 }

                    @available(*, deprecated, message: "Use last.")
                    @available(macOS 15, *)
                    nonisolated static var next: Temporal.ActivityReference<Int> {
                        .init(name: "next", returning: Int.self)
                    }
                    @available(macOS 16, *) func last() -> Int { 0 }

                    @available(macOS 16, *)
                    nonisolated static var last: Temporal.ActivityReference<Int> {
                        .init(name: "last", returning: Int.self)
                    }

                    @available(*, deprecated, message: "It calls deprecated methods.")
                    var activities: [Temporal.ActivityDefinition] {
                        [
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int>(name: "next", returning: Int.self)
                            ) { () async throws -> Int in
                                self.next()
                            },
                            Temporal.ActivityDefinition(
                                Temporal.ActivityReference<Int>(name: "last", returning: Int.self)
                            ) { () async throws -> Int in
                                self.last()
                            },
                        ]
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }

    @Test(
        arguments: [
            "@available(*, deprecated) @Signal func add() {}",
            "@available(macOS, deprecated: 15) @Query func points() -> Int { 0 }",
            "@Update(validator: \"check\") func raise() {}\n    @available(*, deprecated) func check() {}",
            "@available(*, deprecated) init(context: WorkflowContext) {}",
        ]
    )
    func `The definition of a workflow with something deprecated is deprecated`(_ member: String) {
        let line = "@available(*, deprecated, message: \"It calls deprecated methods.\")"
        let (text, _) = expansion(of: "@Workflow\nactor Loyalty {\n    func run() {}\n    \(member)\n}")
        #expect(text.contains("\(line)\n    static let definition"))
        let (plain, _) = expansion(of: "@Workflow\nactor Loyalty {\n    func run() {}\n    @Signal func add() {}\n}")
        #expect(plain.contains("static let definition") && !plain.contains("deprecated"))
    }

    @Test func `A type without activities has an empty list`() {
        expectExpansion(
            """
            @Activities
            struct Routes {}
            """,
            to: """

                struct Routes {

                    var activities: [Temporal.ActivityDefinition] {
                        []
                    }
                }

                extension Routes: Temporal.ActivityContainer {
                }
                """
        )
    }
}
