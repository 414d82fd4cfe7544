import Testing

@Suite struct WorkflowMacroTests {
    @Test func `A workflow gets its context, its types, its definition and its conformance`() {
        expectExpansion(
            """
            @Workflow
            actor Routing {
                func run(_ request: Request, limit: Int?) async throws -> Packet { packet }
            }
            """,
            to: """

                actor Routing {
                    func run(_ request: Request, limit: Int?) async throws -> Packet { packet }

                    nonisolated let context: Temporal.WorkflowContext

                    init(context: Temporal.WorkflowContext) {
                        self.context = context
                    }

                    typealias RunInputs = Temporal.Inputs<Request, Int?>

                    typealias RunOutput = Packet

                    static let definition = Temporal.WorkflowDefinition<Routing>(
                        name: "Routing",
                        create: { context in
                            Routing(context: context)
                        },
                        run: { (workflow: isolated Routing, p0: Request, p1: Int?) async throws -> Packet in
                            try await workflow.run(p0, limit: p1)
                        },
                        handlers: []
                    )
                }

                extension Routing: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `Handlers are listed in the order of the source and called with their labels and effects`() {
        expectExpansion(
            """
            @Workflow
            actor Loyalty {
                func run() {}
                @Signal func add(_ points: Int, to account: String) async throws {}
                @Signal(name: "end") func stop() {}
                @Query func points() -> Int { 0 }
                @Query func `default`(`in` unit: Unit, `for` _: Int, `inout` c: Int) throws -> Payload? { nil }
                func helper() {}
            }
            """,
            to: """

                actor Loyalty {
                    func run() {}
                    func add(_ points: Int, to account: String) async throws {}

                    static var add: Temporal.SignalReference<Loyalty, Int, String> {
                        .init(name: "add")
                    }
                    func stop() {}

                    static var stop: Temporal.SignalReference<Loyalty> {
                        .init(name: "end")
                    }
                    func points() -> Int { 0 }

                    static var points: Temporal.QueryReference<Loyalty, Int> {
                        .init(name: "points", returning: Int.self)
                    }
                    func `default`(`in` unit: Unit, `for` _: Int, `inout` c: Int) throws -> Payload? { nil }

                    static var `default`: Temporal.QueryReference<Loyalty, Unit, Int, Int, Payload?> {
                        .init(name: "default", returning: Payload?.self)
                    }
                    func helper() {}

                    nonisolated let context: Temporal.WorkflowContext

                    init(context: Temporal.WorkflowContext) {
                        self.context = context
                    }

                    typealias RunInputs = Temporal.Inputs< >

                    typealias RunOutput = Void

                    static let definition = Temporal.WorkflowDefinition<Loyalty>(
                        name: "Loyalty",
                        create: { context in
                            Loyalty(context: context)
                        },
                        run: { (workflow: isolated Loyalty) async throws -> Void in
                            workflow.run()
                        },
                        handlers: [
                            .signal(Temporal.SignalReference<Loyalty, Int, String>(name: "add")) { (workflow: isolated Loyalty, p0: Int, p1: String) async throws -> Void in
                                try await workflow.add(p0, to: p1)
                            },
                            .signal(Temporal.SignalReference<Loyalty>(name: "end")) { (workflow: isolated Loyalty) async throws -> Void in
                                workflow.stop()
                            },
                            .query(Temporal.QueryReference<Loyalty, Int>(name: "points", returning: Int.self)) { (workflow: isolated Loyalty) throws -> Int in
                                workflow.points()
                            },
                            .query(Temporal.QueryReference<Loyalty, Unit, Int, Int, Payload?>(name: "default", returning: Payload?.self)) { (workflow: isolated Loyalty, p0: Unit, p1: Int, p2: Int) throws -> Payload? in
                                try workflow.`default`(in: p0, for: p1, `inout`: p2)
                            },
                        ]
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `What becomes of runs is part of the definition`() {
        expectExpansion(
            """
            @Workflow(versioningBehavior: .pinned)
            public actor Order {
                public func run() async throws {}
            }
            """,
            to: """

                public actor Order {
                    public func run() async throws {}

                    public nonisolated let context: Temporal.WorkflowContext

                    public init(context: Temporal.WorkflowContext) {
                        self.context = context
                    }

                    public static let versioningBehavior: Temporal.VersioningBehavior? = .pinned

                    public typealias RunInputs = Temporal.Inputs< >

                    public typealias RunOutput = Void

                    public static let definition = Temporal.WorkflowDefinition<Order>(
                        name: "Order",
                        create: { context in
                            Order(context: context)
                        },
                        run: { (workflow: isolated Order) async throws -> Void in
                            try await workflow.run()
                        },
                        handlers: []
                    )
                }

                extension Order: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `Members are as visible as the actor, references as visible as their method`() {
        expectExpansion(
            """
            @Workflow(name: "loyalty-v2")
            public actor Loyalty {
                public func run() throws(Failure) -> Int { 0 }
                @Signal private func add() {}
            }
            """,
            to: """

                public actor Loyalty {
                    public func run() throws(Failure) -> Int { 0 }
                    private func add() {}

                    private static var add: Temporal.SignalReference<Loyalty> {
                        .init(name: "add")
                    }

                    public nonisolated let context: Temporal.WorkflowContext

                    public init(context: Temporal.WorkflowContext) {
                        self.context = context
                    }

                    public typealias RunInputs = Temporal.Inputs< >

                    public typealias RunOutput = Int

                    public static let definition = Temporal.WorkflowDefinition<Loyalty>(
                        name: "loyalty-v2",
                        create: { context in
                            Loyalty(context: context)
                        },
                        run: { (workflow: isolated Loyalty) async throws -> Int in
                            try workflow.run()
                        },
                        handlers: [
                            .signal(Temporal.SignalReference<Loyalty>(name: "add")) { (workflow: isolated Loyalty) async throws -> Void in
                                workflow.add()
                            },
                        ]
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `An init with the context alone is used`() {
        expectExpansion(
            """
            @Workflow
            package actor Loyalty {
                let points: Int
                init(context: WorkflowContext) { self.context = context; points = 0 }
                func run(_ limit: Int) -> Int { 0 }
            }
            """,
            to: """

                package actor Loyalty {
                    let points: Int
                    init(context: WorkflowContext) { self.context = context; points = 0 }
                    func run(_ limit: Int) -> Int { 0 }

                    package nonisolated let context: Temporal.WorkflowContext

                    package typealias RunInputs = Temporal.Inputs<Int>

                    package typealias RunOutput = Int

                    package static let definition = Temporal.WorkflowDefinition<Loyalty>(
                        name: "Loyalty",
                        create: { context in
                            Loyalty(context: context)
                        },
                        run: { (workflow: isolated Loyalty, p0: Int) async throws -> Int in
                            workflow.run(p0)
                        },
                        handlers: []
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `An init with inputs gets what run takes`() {
        expectExpansion(
            """
            @Workflow
            actor Loyalty {
                let limit: Int
                init(context: WorkflowContext, input: Int, _ name: sending String?) throws { }
                func run(_ limit: Int, name: String!) -> Int { 0 }
            }
            """,
            to: """

                actor Loyalty {
                    let limit: Int
                    init(context: WorkflowContext, input: Int, _ name: sending String?) throws { }
                    func run(_ limit: Int, name: String!) -> Int { 0 }

                    nonisolated let context: Temporal.WorkflowContext

                    typealias RunInputs = Temporal.Inputs<Int, String?>

                    typealias RunOutput = Int

                    static let definition = Temporal.WorkflowDefinition<Loyalty>(
                        name: "Loyalty",
                        createWithInput: { (context: Temporal.WorkflowContext, p0: Int, p1: String?) throws -> Loyalty in
                            try Loyalty(context: context, input: p0, p1)
                        },
                        run: { (workflow: isolated Loyalty, p0: Int, p1: String?) async throws -> Int in
                            workflow.run(p0, name: p1)
                        },
                        handlers: []
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `An init that throws may ignore the inputs`() {
        expectExpansion(
            """
            @Workflow
            actor Loyalty {
                init(context: WorkflowContext) throws { self.context = context }
                func run(_ limit: Int) {}
            }
            """,
            to: """

                actor Loyalty {
                    init(context: WorkflowContext) throws { self.context = context }
                    func run(_ limit: Int) {}

                    nonisolated let context: Temporal.WorkflowContext

                    typealias RunInputs = Temporal.Inputs<Int>

                    typealias RunOutput = Void

                    static let definition = Temporal.WorkflowDefinition<Loyalty>(
                        name: "Loyalty",
                        createWithInput: { (context: Temporal.WorkflowContext, p0: Int) throws -> Loyalty in
                            try Loyalty(context: context)
                        },
                        run: { (workflow: isolated Loyalty, p0: Int) async throws -> Void in
                            workflow.run(p0)
                        },
                        handlers: []
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }

    @Test func `A context that the author declares is kept`() {
        expectExpansion(
            """
            @Workflow
            actor Loyalty {
                let context: WorkflowContext
                func run() {}
            }
            """,
            to: """

                actor Loyalty {
                    let context: WorkflowContext
                    func run() {}

                    init(context: Temporal.WorkflowContext) {
                        self.context = context
                    }

                    typealias RunInputs = Temporal.Inputs< >

                    typealias RunOutput = Void

                    static let definition = Temporal.WorkflowDefinition<Loyalty>(
                        name: "Loyalty",
                        create: { context in
                            Loyalty(context: context)
                        },
                        run: { (workflow: isolated Loyalty) async throws -> Void in
                            workflow.run()
                        },
                        handlers: []
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }
}
