import Testing

@Suite struct UpdateMacroTests {
    @Test func `Updates, options and dynamic handlers stand in the table and have their references`() {
        expectExpansion(
            """
            @Workflow
            actor Loyalty {
                func run() {}
                @Update(name: "lift", validator: "check", unfinished: .abandon, description: "Lifts.")
                func raise(_ points: Int) async throws -> Int { points }
                func check(_ points: Int) throws {}
                @Update func renew() {}
                @Signal(dynamic: true) func any(_ name: String, _ arguments: DynamicArguments) {}
                @Update(dynamic: true) func other(_ name: String, _ arguments: DynamicArguments) async {}
            }
            """,
            to: """

                actor Loyalty {
                    func run() {}
                    func raise(_ points: Int) async throws -> Int { points }

                    static var raise: Temporal.UpdateReference<Loyalty, Int, Int> {
                        .init(name: "lift", returning: Int.self)
                    }
                    func check(_ points: Int) throws {}
                    func renew() {}

                    static var renew: Temporal.UpdateReference<Loyalty, Void> {
                        .init(name: "renew")
                    }
                    func any(_ name: String, _ arguments: DynamicArguments) {}
                    func other(_ name: String, _ arguments: DynamicArguments) async {}

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
                            .update(Temporal.UpdateReference<Loyalty, Int, Int>(name: "lift", returning: Int.self), unfinished: .abandon, description: "Lifts.", validator: { (workflow: isolated Loyalty, p0: Int) throws -> Void in
                                try workflow.check(p0)
                            }) { (workflow: isolated Loyalty, p0: Int) async throws -> Int in
                                try await workflow.raise(p0)
                            },
                            .update(Temporal.UpdateReference<Loyalty, Void>(name: "renew")) { (workflow: isolated Loyalty) async throws -> Void in
                                workflow.renew()
                            },
                            .dynamicSignal { (workflow: isolated Loyalty, p0: String, p1: DynamicArguments) async throws -> Void in
                                workflow.any(p0, p1)
                            },
                            .dynamicUpdate { (workflow: isolated Loyalty, p0: String, p1: DynamicArguments) async throws -> Temporal.Payload? in
                                await workflow.other(p0, p1)
                                return nil
                            },
                        ]
                    )
                }

                extension Loyalty: Temporal.Workflow {
                }
                """
        )
    }

    @Test(
        arguments: [
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise(_ points: Int) {}",
                "4:24 There is no method 'check' to validate 'raise': write 'func check(_: Int) throws'."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise(_ points: Int) {}\n    func check(_ points: String) throws {}",
                "5:15 'check' validates 'raise' and takes the same: write 'func check(_: Int) throws'."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise() {}\n    func check() async throws {}",
                "5:18 'check' validates 'raise' and cannot wait: remove 'async'."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise() {}\n    func check() -> Bool { true }",
                "5:18 'check' throws an error to reject 'raise' and returns nothing: remove '-> Bool'."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise() {}\n    static func check() throws {}",
                "5:5 'check' validates 'raise' by the state of the workflow: remove 'static'."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise() {}\n    @MainActor func check() throws {}",
                "5:5 'check' validates 'raise' and runs on its actor: remove '@MainActor'."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: \"check\") func raise() {}\n    @Database func check() throws {}",
                "5:5 warning: 'check' validates 'raise' and runs on its actor: remove '@Database' if it is a global actor, "
                    + "and write '@Database()' if it is a macro."
            ),
            MacroErrorTests.Sample(
                "@Update(validator: name) func raise() {}",
                "4:24 The validator is a method of this actor: write its name as a string literal."
            ),
            MacroErrorTests.Sample(
                "@Update static func raise() {}",
                "4:13 'raise' is an update, which is a method of an instance: remove 'static'."
            ),
            MacroErrorTests.Sample(
                "@Signal(dynamic: true) func any(_ name: String) {}",
                "4:36 'any' stands for every name that nothing else has: write 'func any(_ name: String, _ arguments: "
                    + "DynamicArguments)'."
            ),
            MacroErrorTests.Sample(
                "@Query(name: \"x\", dynamic: true) func any(_ name: String, _ arguments: DynamicArguments) {}",
                "4:18 'any' stands for every name that nothing else has: remove 'name:'."
            ),
            MacroErrorTests.Sample(
                "@Update(dynamic: true) func a(_ name: String, _ arguments: DynamicArguments) {}\n"
                    + "    @Update(dynamic: true) func b(_ name: String, _ arguments: DynamicArguments) {}",
                "5:33 'b' and 'a' both stand for every name that nothing else has: remove one of them."
            ),
        ]
    )
    func `What is wrong with an update, its validator or a dynamic handler is reported once`(
        _ sample: MacroErrorTests.Sample
    ) {
        #expect(errors(in: "@Workflow\nactor Loyalty {\n    func run() {}\n    \(sample.source)\n}") == sample.errors)
    }

    @Test(
        arguments: [
            MacroErrorTests.Sample(
                "@Workflow(dynamic: true) actor Any { func run(_ text: String) {} }",
                "1:46 A dynamic workflow takes whatever it is started with: write 'func run(_ arguments: "
                    + "DynamicArguments)'."
            ),
            MacroErrorTests.Sample(
                "@Workflow(dynamic: true) actor Any {\n    init(context: WorkflowContext, a: DynamicArguments) {}\n"
                    + "    func run(_ arguments: DynamicArguments) {}\n}",
                "2:9 A dynamic workflow is made with its context alone: write 'init(context: WorkflowContext)'."
            ),
            MacroErrorTests.Sample(
                "struct Routes { @Update func next() {} }",
                "1:17 '@Update' has no effect in 'Routes': mark the actor with '@Workflow'."
            ),
        ]
    )
    func `What is wrong with a dynamic workflow or a misplaced update is named`(_ sample: MacroErrorTests.Sample) {
        #expect(errors(in: sample.source) == sample.errors)
    }
}
