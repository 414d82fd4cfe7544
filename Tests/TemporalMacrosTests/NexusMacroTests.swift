import Testing

@Suite struct NexusMacroTests {
    @Test func `A struct lists its operations, bound to the instance`() {
        expectExpansion(
            """
            @NexusService
            public struct Orders {
                @NexusOperation public func count(_ item: Item) async throws -> Int { 0 }
                @NexusOperation(name: "order-item") func order(item: Item) -> NexusWorkflowRun<Receipt> { run }
                @NexusOperation func ping() {}
                func helper() {}
            }
            """,
            to: """

                public struct Orders {
                    public func count(_ item: Item) async throws -> Int { 0 }

                    public nonisolated static var count: Temporal.NexusOperationReference<Item, Int> {
                        .init(service: nexusServiceName, name: "count", returning: (Int).self)
                    }
                    func order(item: Item) -> NexusWorkflowRun<Receipt> { run }

                    nonisolated static var order: Temporal.NexusOperationReference<Item, Receipt> {
                        .init(service: nexusServiceName, name: "order-item", returning: (Receipt).self)
                    }
                    func ping() {}

                    nonisolated static var ping: Temporal.NexusOperationReference<Void> {
                        .init(service: nexusServiceName, name: "ping")
                    }
                    func helper() {}

                    public nonisolated static var nexusServiceName: String {
                        "Orders"
                    }

                    public var nexusOperations: [Temporal.NexusOperationDefinition] {
                        [
                            Temporal.NexusOperationDefinition(
                                Self.count as Temporal.NexusOperationReference<Item, Int>
                            ) { (p0: Item) async throws -> Int in
                                try await self.count(p0)
                            },
                            Temporal.NexusOperationDefinition.workflowRun(
                                Self.order as Temporal.NexusOperationReference<Item, Receipt>
                            ) { (p0: Item) async throws -> Temporal.NexusWorkflowRun<Receipt> in
                                self.order(item: p0)
                            },
                            Temporal.NexusOperationDefinition(
                                Self.ping as Temporal.NexusOperationReference<Void>
                            ) { () async throws -> Void in
                                self.ping()
                            },
                        ]
                    }
                }

                extension Orders: Temporal.NexusService {
                }
                """
        )
    }

    @Test func `An actor without operations has a name of its own`() {
        expectExpansion(
            """
            @NexusService(name: "orders.v1")
            actor Orders {
            }
            """,
            to: """

                actor Orders {

                    nonisolated static var nexusServiceName: String {
                        "orders.v1"
                    }

                    nonisolated var nexusOperations: [Temporal.NexusOperationDefinition] {
                        []
                    }
                }

                extension Orders: Temporal.NexusService {
                }
                """
        )
    }

    @Test(
        arguments: [
            (
                "@NexusService enum Orders {}",
                "1:15 'Orders' is an enum; Nexus operations are methods of an instance: write 'struct Orders'."
            ),
            (
                "@NexusService struct Orders { @NexusOperation func add(_ a: Int, _ b: Int) {} }",
                "1:55 'add' is a Nexus operation, which takes one value or none: put its 2 parameters into one type."
            ),
            (
                "@NexusService struct Orders { @NexusOperation mutating func add() {} }",
                "1:47 'add' is a Nexus operation, and many run at a time: remove 'mutating'; what changes belongs in an "
                    + "actor."
            ),
            (
                "struct Orders { @NexusOperation func add() {} }",
                "1:17 '@NexusOperation' has no effect in 'Orders': mark the type with '@NexusService'."
            ),
            (
                "@NexusService(name: \"\") struct Orders {}",
                "1:21 The name is empty: write one, or leave 'name:' out to use 'Orders'."
            ),
        ]
    )
    func `What cannot be a Nexus service says what to write instead`(_ source: String, _ error: String) {
        #expect(errors(in: source) == [error])
    }
}
