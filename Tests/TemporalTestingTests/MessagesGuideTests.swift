import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// The samples of the guide `Messages.md`.
@Suite(.timeLimit(.minutes(1))) struct MessagesGuideTests {
    @Test func `a cart is filled, read and paid`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Cart.self]) { env in
            env.mock(Stock.reserve) { $0 }
            let client = env.client
            let options = WorkflowOptions(id: "cart", taskQueue: env.options.taskQueue)

            let cart = try await client.startWorkflow(Cart.self, "ada", options: options)
            let count = try await cart.executeUpdate(Cart.add, "tea")
            let contents = try await cart.query(Cart.contents)
            #expect(count == 1)
            #expect(contents == ["tea"])

            _ = try await cart.startUpdate(Cart.add, "milk", id: "order-17")
            #expect(try await cart.updateHandle(Cart.add, id: "order-17").result() == 2)

            let bread = try await addBread(client, options)
            #expect(bread == 3)

            try await cart.signal(Cart.coupon, "SPRING")
            try await cart.signal(Cart.pay)
            #expect(try await cart.result() == 3)
        }
    }

    @Test func `the cart of the page is filled, read and paid`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Plain.Cart.self]) { env in
            env.mock(Stock.reserve) { $0 }
            let options = WorkflowOptions(id: "cart", taskQueue: env.options.taskQueue)
            #expect(try await Plain.fill(env.client, options) == 1)
            #expect(try await env.client.workflowHandle(id: "cart").result(as: Int.self) == 1)
            let again = WorkflowOptions(id: "again", taskQueue: env.options.taskQueue)
            let cart = try await env.client.startWorkflow(Plain.Cart.self, "ada", options: again)
            #expect(try await Plain.addMilk(cart) == 1)
            try await cart.signal(Plain.Cart.pay)
            _ = try await cart.result()
        }
    }

    private func addBread(_ client: TemporalClient, _ options: WorkflowOptions) async throws -> Int {
        var options = options
        options.idConflictPolicy = .useExisting
        let count = try await client.executeUpdateWithStart(
            Cart.self,
            "ada",
            update: Cart.add,
            updateInput: "bread",
            options: options
        )
        return count
    }

    @Test func `a dynamic workflow runs for any type`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Interpreter.self]) { env in
            let options = WorkflowOptions(id: "any", taskQueue: env.options.taskQueue)
            let handle = try await env.client.startWorkflow(named: "Anything", "tea", options: options)
            #expect(try await handle.result(as: String.self) == "Anything tea 0")
        }
    }
}

/// The first samples of the page, to the letter.
private enum Plain {
    @Workflow actor Cart {
        private var items: [String] = []
        private var isPaid = false

        func run(_ customer: String) async throws -> Int {
            try await context.waitCondition { self.isPaid && self.context.allHandlersFinished }
            return items.count
        }

        @Signal func pay() { isPaid = true }

        @Query func contents() -> [String] { items }

        @Update(validator: "checkItem")
        func add(_ item: String) async throws -> Int {
            let reserved = try await context.executeActivity(Stock.reserve, item, startToCloseTimeout: .seconds(10))
            items.append(reserved)
            return items.count
        }

        func checkItem(_ item: String) throws {
            if isPaid { throw ApplicationError("The cart is paid for.", type: "CartClosed") }
        }
    }

    static func fill(_ client: TemporalClient, _ options: WorkflowOptions) async throws -> Int {
        let cart = try await client.startWorkflow(Cart.self, "ada", options: options)
        let count = try await cart.executeUpdate(Cart.add, "tea")
        let contents = try await cart.query(Cart.contents)
        try await cart.signal(Cart.pay)
        #expect(contents == ["tea"])
        return count
    }

    static func addMilk(_ cart: WorkflowHandle<Cart>) async throws -> Int {
        let update = try await cart.startUpdate(Cart.add, "milk", id: "order-17")
        let count = try await cart.updateHandle(Cart.add, id: "order-17").result()
        #expect(update.id == "order-17")
        return count
    }
}

@Activities private struct Stock {
    @Activity func reserve(_ item: String) -> String { item }
}

@Workflow private actor Cart {
    static let coupon = SignalReference<Cart, String>(name: "coupon")

    private var items: [String] = []
    private var codes: [String] = []
    private var isPaid = false

    func run(_ customer: String) async throws -> Int {
        try context.setHandler(
            .signal(Self.coupon) { (workflow: isolated Cart, code: String) in workflow.codes.append(code) },
            of: self
        )
        try await context.waitCondition { self.isPaid && self.context.allHandlersFinished }
        return items.count
    }

    @Signal func pay() { isPaid = true }

    @Query func contents() -> [String] { items }

    @Update(validator: "checkItem")
    func add(_ item: String) async throws -> Int {
        let reserved = try await context.executeActivity(Stock.reserve, item, startToCloseTimeout: .seconds(10))
        items.append(reserved)
        return items.count
    }

    func checkItem(_ item: String) throws {
        if isPaid { throw ApplicationError("The cart is paid for.", type: "CartClosed") }
    }
}

@Workflow(dynamic: true) private actor Interpreter {
    private var seen: [String] = []

    func run(_ arguments: DynamicArguments) async throws -> String {
        let first = try arguments.decode(0, as: String.self)
        return "\(context.info.workflowType) \(first) \(seen.count)"
    }

    @Signal(dynamic: true) func receive(_ name: String, _ arguments: DynamicArguments) { seen.append(name) }
}
