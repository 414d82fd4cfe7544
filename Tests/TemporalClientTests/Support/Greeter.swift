import Temporal

/// A workflow to start in tests; its code never runs in them.
actor Greeter: Workflow {
    typealias RunInputs = Inputs<String, Int>
    typealias RunOutput = String

    static let greet = SignalReference<Greeter, String>(name: "greet")
    static let count = QueryReference<Greeter, String, Int>(name: "count")
    static let definition = WorkflowDefinition<Greeter>(
        name: "Greeter",
        create: { Greeter(context: $0) },
        run: { workflow, name, times in try await workflow.run(name, times) },
        handlers: []
    )

    nonisolated let context: WorkflowContext

    init(context: WorkflowContext) {
        self.context = context
    }

    func run(_ name: String, _ times: Int) async throws -> String {
        "Hello, \(name), \(times) times"
    }
}

/// A workflow that takes nothing and returns nothing.
actor Silent: Workflow {
    typealias RunInputs = Inputs<>
    typealias RunOutput = Void

    static let definition = WorkflowDefinition<Silent>(
        name: "Silent",
        create: { Silent(context: $0) },
        run: { workflow in await workflow.run() }
    )

    nonisolated let context: WorkflowContext

    init(context: WorkflowContext) {
        self.context = context
    }

    func run() async {}
}
