import Testing

@Suite struct MacroErrorTests {
    /// Source, and the errors in it.
    struct Sample: CustomTestStringConvertible {
        let source: String
        let errors: [String]

        init(_ source: String, _ errors: String...) {
            self.source = source
            self.errors = errors
        }

        var testDescription: String { errors.first ?? source }
    }

    @Test(
        arguments: [
            Sample(
                "@Workflow struct Loyalty { func run() {} }",
                "1:11 'Loyalty' is a struct; a workflow is an actor: write 'actor Loyalty'."
            ),
            Sample(
                "@Workflow enum Loyalty {}",
                "1:11 'Loyalty' is an enum; a workflow is an actor: write 'actor Loyalty'."
            ),
            Sample(
                "@Workflow\nfinal class Loyalty { @Signal func add() {} }",
                "2:7 'Loyalty' is a class; a workflow is an actor: write 'actor Loyalty'."
            ),
            Sample(
                "@Workflow\nactor Loyalty {}",
                "2:7 'Loyalty' has no code: write 'func run() async throws', with the parameters and the result of "
                    + "the workflow."
            ),
            Sample(
                "@Workflow actor Loyalty<Item> { func run() {} }",
                "1:24 A workflow has one name on the wire and cannot be generic: name the types."
            ),
            Sample(
                "enum Shop<Item> { @Workflow actor Loyalty { func run() {} } }",
                "1:35 'Loyalty' has one name on the wire and cannot stand inside of 'Shop', which is generic: move it out."
            ),
            Sample(
                "struct Shop<Item> { enum Desk { @Workflow actor Loyalty { func run() {} } } }",
                "1:49 'Loyalty' has one name on the wire and cannot stand inside of 'Shop', which is generic: move it out."
            ),
            Sample("enum Shop { @Workflow actor Loyalty { func run() {} } }"),
            Sample(
                "@Workflow distributed actor Loyalty { func run() {} }",
                "1:11 A workflow is an actor of its worker: remove 'distributed'."
            ),
            Sample(
                "@Workflow(name: \"loyalty\\(1)\") actor Loyalty { func run() {} }",
                "1:17 The name is part of the definition: write a string literal without interpolation."
            ),
            Sample(
                "@Workflow(name: standard) actor Loyalty { func run() {} }",
                "1:17 The name is part of the definition: write a string literal without interpolation."
            ),
            Sample(
                "@Workflow(dynamic: isDynamic) actor Loyalty { func run() {} }",
                "1:20 Whether it is dynamic is part of the definition: write 'true' or 'false'."
            ),
            Sample("@Workflow(dynamic: false) actor Loyalty { func run() {} }"),
            Sample(
                "@Workflow(name: \"\") actor Loyalty { func run() {} }",
                "1:17 The name is empty: write one, or leave 'name:' out to use 'Loyalty'."
            ),
        ]
    )
    func `What is no workflow is said to be none`(_ sample: Sample) {
        #expect(errors(in: sample.source) == sample.errors)
    }

    @Test(
        arguments: [
            Sample(
                "static func run() {}",
                "3:5 'run' is the code of a workflow, which is a method of an instance: remove 'static'."
            ),
            Sample(
                "func run() {}\n    func run(_ fast: Bool) {}",
                "4:10 A workflow has one 'run': give this method another name."
            ),
            Sample(
                "nonisolated func run() {}",
                "3:5 'run' is the code of a workflow and runs on its actor: remove 'nonisolated'."
            ),
            Sample(
                "@concurrent func run() async {}",
                "3:5 'run' is the code of a workflow and runs on its actor: remove '@concurrent'."
            ),
            Sample(
                "@Database func run() async {}",
                "3:5 warning: 'run' is the code of a workflow and runs on its actor: remove '@Database' if it is a global "
                    + "actor, and write '@Database()' if it is a macro."
            ),
            Sample(
                "func run<Item>(_ item: Item) {}",
                "3:13 'run' is generic, but values from the wire have fixed types: name the types."
            ),
            Sample(
                "func run(_ items: Int...) {}",
                "3:26 'items' is variadic: write the array '[Int]' in place of 'Int...'."
            ),
            Sample(
                "@Signal func run() {}",
                "3:5 'run' is the code of the workflow: remove '@Signal' or rename it."
            ),
            Sample(
                "func run() {}\n    init(limit: Int) {}",
                "4:5 A workflow is made with its context: write 'init(context: WorkflowContext)' and set "
                    + "'self.context', with what 'run' takes as further parameters where it is needed."
            ),
            Sample(
                "func run() {}\n    init?(context: WorkflowContext) {}",
                "4:9 A workflow is always made: remove '?', or throw an error."
            ),
            Sample(
                "func run() {}\n    init(context: WorkflowContext) async {}",
                "4:36 A workflow waits in 'run', not while it is made: remove 'async'."
            ),
            Sample(
                "func run() {}\n    init(context: WorkflowContext, limit: Int) {}",
                "4:9 After the context this takes 1 inputs, but 'run' takes 0: write the same for both, or the "
                    + "context alone here."
            ),
            Sample(
                "func run() {}\n    let points: Int\n    var limit: Int?\n    var total: Int { 0 }\n    var count = 0",
                "4:9 'points' has no value at the start: give it one, or write 'init(context: WorkflowContext)' with "
                    + "what 'run' takes as further parameters."
            ),
            Sample(
                "func run() {}\n    let limit: Int?\n    var total: Int { didSet {} }\n    lazy var list = 0",
                "4:9 'limit' has no value at the start: give it one, or write 'init(context: WorkflowContext)' with "
                    + "what 'run' takes as further parameters.",
                "5:9 'total' has no value at the start: give it one, or write 'init(context: WorkflowContext)' with "
                    + "what 'run' takes as further parameters."
            ),
        ]
    )
    func `What keeps an actor from being a workflow is named`(_ sample: Sample) {
        #expect(errors(in: "@Workflow\nactor Loyalty {\n    \(sample.source)\n}") == sample.errors)
    }

    @Test(
        arguments: [
            Sample(
                "@Query func points() async -> Int { 0 }",
                "4:26 'points' is a query, which answers at once from the workflow's state: remove 'async'."
            ),
            Sample(
                "@Signal func add(_ points: Int) -> Int { points }",
                "4:37 'add' is a signal, and nobody waits for its result: remove '-> Int', or write '@Query' if it "
                    + "only reads."
            ),
            Sample("@Signal func add() -> Void {}"),
            Sample("@Signal func add() -> () {}"),
            Sample("@Query func check() {}"),
            Sample("@Signal(name: nil) func add() {}"),
            Sample(
                "@Signal func add(_ points: inout Int) {}",
                "4:32 'points' is a copy that came over the wire: remove 'inout'."
            ),
            Sample(
                "@Signal func add(_ points: Int...) {}",
                "4:35 'points' is variadic: write the array '[Int]' in place of 'Int...'."
            ),
            Sample(
                "@Signal func add(_ points: some Codable) {}",
                "4:32 'points' needs a fixed type on the wire: name the type in place of 'some'."
            ),
            Sample(
                "@Query func points() -> some Codable { 0 }",
                "4:29 The result needs a fixed type on the wire: name the type in place of 'some'."
            ),
            Sample(
                "@Signal func add<Points>(_ points: Points) {}",
                "4:21 'add' is generic, but values from the wire have fixed types: name the types."
            ),
            Sample(
                "@Signal static func add() {}",
                "4:13 'add' is a signal, which is a method of an instance: remove 'static'."
            ),
            Sample(
                "@Query nonisolated func points() -> Int { 0 }",
                "4:12 'points' is a query and runs on its actor: remove 'nonisolated'."
            ),
            Sample(
                "@Signal @MainActor func add() {}",
                "4:13 'add' is a signal and runs on its actor: remove '@MainActor'."
            ),
            Sample(
                "@Shop.Database @Signal func add() async {}",
                "4:5 warning: 'add' is a signal and runs on its actor: remove '@Database' if it is a global actor, and "
                    + "write '@Database()' if it is a macro."
            ),
            Sample("@Traced() @Signal func add() async {}"),
            Sample("@Sendable @available(macOS 15, *) @Query func points() -> Int { 0 }"),
            Sample(
                "@Signal(name: name) func add() {}",
                "4:19 The name is part of the definition: write a string literal without interpolation."
            ),
            Sample(
                "@Query(name: \"__temporal_points\") func points() -> Int { 0 }",
                "4:18 Names that begin with '__temporal_' belong to Temporal: choose another one."
            ),
            Sample("@Query var points: Int { 0 }", "4:5 '@Query' marks a method: write 'func'."),
            Sample(
                "@Signal @Query func points() {}",
                "4:13 'points' is marked with '@Signal' as well: remove one of the two."
            ),
            Sample(
                "@Activity func points() {}",
                "4:5 '@Activity' has no effect in 'Loyalty': mark the type with '@Activities'."
            ),
            Sample(
                "@Signal func add() {}\n    @Signal(name: \"add\") func plus() {}",
                "5:31 'plus' and 'add' both have the name 'add' on the wire: give one of them another with 'name:'."
            ),
            Sample("@Signal func add() {}\n    @Query(name: \"add\") func sum() -> Int { 0 }"),
            Sample(
                "@Signal func context() {}",
                "4:18 '@Workflow' adds a member 'context' of its own: give a signal another name in Swift, and this one on "
                    + "the wire with 'name:' if it needs it."
            ),
            Sample(
                "@Query func definition() -> Int { 0 }",
                "4:17 '@Workflow' adds a member 'definition' of its own: give a query another name in Swift, and this one "
                    + "on the wire with 'name:' if it needs it."
            ),
            Sample(
                "@Update func versioningBehavior() {}",
                "4:18 '@Workflow' adds a member 'versioningBehavior' of its own: give an update another name in Swift, and "
                    + "this one on the wire with 'name:' if it needs it."
            ),
            Sample(
                "@Signal(dynamic: true && false) func any(_ name: String, _ arguments: DynamicArguments) {}",
                "4:22 Whether it is dynamic is part of the definition: write 'true' or 'false'."
            ),
            Sample(
                "@Signal func add() {}\n    @Query func add() -> Int { 0 }",
                "5:17 There are two handlers 'add', and a handler is referred to by its name alone: rename one of them."
            ),
            Sample(
                "#if DEBUG\n    @Signal func add() {}\n    #endif",
                "5:18 'add' stands inside '#if', where its type's macro cannot see it: put the '#if' into its body."
            ),
        ]
    )
    func `What is wrong with a handler is reported once and at its place`(_ sample: Sample) {
        #expect(errors(in: "@Workflow\nactor Loyalty {\n    func run() {}\n    \(sample.source)\n}") == sample.errors)
    }

    @Test(
        arguments: [
            Sample(
                "actor Loyalty { @Signal func add() {} }",
                "1:17 '@Signal' has no effect in 'Loyalty': mark the actor with '@Workflow'."
            ),
            Sample(
                "extension Loyalty { @Query func points() -> Int { 0 } }",
                "1:21 '@Query' has no effect here: move 'points' into the body of the actor that is marked with "
                    + "'@Workflow'."
            ),
            Sample(
                "@Signal func add() {}",
                "1:1 '@Signal' has no effect here: move 'add' into the body of the actor that is marked with "
                    + "'@Workflow'."
            ),
            Sample(
                "struct Routes { @Activity func next() {} }",
                "1:17 '@Activity' has no effect in 'Routes': mark the type with '@Activities'."
            ),
            Sample(
                "extension Routes { @Activity func next() {} }",
                "1:20 '@Activity' has no effect here: move 'next' into the body of the type that is marked with "
                    + "'@Activities'."
            ),
            Sample(
                "@Activities struct Routes { @Signal func next() {} }",
                "1:29 '@Signal' has no effect in 'Routes': mark the actor with '@Workflow'."
            ),
        ]
    )
    func `A handler outside of its type is told where it belongs`(_ sample: Sample) {
        #expect(errors(in: sample.source) == sample.errors)
    }

    @Test(
        arguments: [
            Sample(
                "@Activities enum Routes { @Activity func next() {} }",
                "1:13 'Routes' is an enum; activities are methods of an instance: write 'struct Routes'."
            ),
            Sample(
                "@Activities protocol Routes {}",
                "1:13 'Routes' is a protocol; activities are methods of an instance: write 'struct Routes'."
            ),
            Sample(
                "@Activities struct Routes { @Activity func activities() {} }",
                "1:44 '@Activities' adds a member 'activities' of its own: give an activity another name in Swift, and "
                    + "this one on the wire with 'name:' if it needs it."
            ),
            Sample(
                "@NexusService struct Desk { @NexusOperation func nexusServiceName() {}; "
                    + "@NexusOperation func nexusOperations() {} }",
                "1:50 '@NexusService' adds a member 'nexusServiceName' of its own: give a Nexus operation another name in "
                    + "Swift, and this one on the wire with 'name:' if it needs it.",
                "1:94 '@NexusService' adds a member 'nexusOperations' of its own: give a Nexus operation another name in "
                    + "Swift, and this one on the wire with 'name:' if it needs it."
            ),
            Sample(
                "@Activities struct Routes { @Activity(dynamic: flag) func next() {} }",
                "1:48 Whether it is dynamic is part of the definition: write 'true' or 'false'."
            ),
            Sample(
                "@Activities struct Routes { @Activity static func next() {} }",
                "1:39 'next' is an activity, which is a method of an instance: remove 'static'."
            ),
            Sample(
                "@Activities struct Routes { @Activity mutating func next() {} }",
                "1:39 'next' is an activity, and many run at a time: remove 'mutating'; what changes belongs in an "
                    + "actor."
            ),
            Sample(
                "@Activities struct Routes { @Activity func next(_ route: inout Int) {} }",
                "1:58 'route' is a copy that came over the wire: remove 'inout'."
            ),
            Sample(
                "@Activities struct Routes { @Activity func next() {}; @Activity func next(_ route: Int) {} }",
                "1:70 There are two handlers 'next', and a handler is referred to by its name alone: rename one of "
                    + "them."
            ),
            Sample(
                "@Activities struct Routes { @Activity func next() {}; @Activity(name: \"next\") func last() {} }",
                "1:84 'last' and 'next' both have the name 'next' on the wire: give one of them another with 'name:'."
            ),
        ]
    )
    func `What is wrong with activities is named`(_ sample: Sample) {
        #expect(errors(in: sample.source) == sample.errors)
    }

    @Test(
        arguments: [
            Sample("@Workflow private actor Loyalty { func run() {} }"),
            Sample("private enum Shop { @Workflow actor Loyalty { func run() {} } }"),
            Sample("enum Shop { @Workflow fileprivate actor Loyalty { func run() {} } }"),
            Sample(
                "enum Shop { @Workflow private actor Loyalty { func run() {} } }",
                "1:23 The conformance to 'Workflow' cannot be stated from here: write 'fileprivate'."
            ),
            Sample(
                "extension Shop { @Activities private struct Routes {} }",
                "1:30 The conformance to 'ActivityContainer' cannot be stated from here: write 'fileprivate'."
            ),
        ]
    )
    func `A type that is private to another one is told to be visible in the file`(_ sample: Sample) {
        #expect(errors(in: sample.source) == sample.errors)
    }
}
