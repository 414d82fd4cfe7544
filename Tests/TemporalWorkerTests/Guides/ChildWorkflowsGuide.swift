import Logging
import Temporal

// The code of the guide `ChildWorkflows.md`: `GuideTests` compares them, and runs the workflows.

@Workflow
actor Order {
    func run(_ items: [String]) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for item in items {
                group.addTask { try await self.context.executeChildWorkflow(Shipment.self, item) }
            }
            var shipped: [String] = []
            for try await parcel in group { shipped.append(parcel) }
            return shipped.sorted()
        }
    }
}

/// Takes a day, or an hour if it is hurried.
@Workflow
actor Shipment {
    private var isHurried = false

    func run(_ item: String) async throws -> String {
        try await context.waitCondition(timeout: .seconds(24 * 3600)) { self.isHurried }
        if isHurried { try await context.sleep(.seconds(3600)) }
        return "\(item) \(isHurried ? "hurried" : "shipped")"
    }

    @Signal func hurry() { isHurried = true }
}

@Workflow
actor Billing {
    func run(_ items: [String]) async throws -> Double {
        let total = try await context.executeChildWorkflow(
            named: "invoice_total",
            items,
            options: ChildWorkflowOptions(taskQueue: "invoices"),
            returning: Double.self
        )
        return total
    }
}

@Workflow
actor Dispatch {
    func run(_ item: String) async throws -> String {
        let shipment = try await context.startChildWorkflow(
            Shipment.self,
            item,
            options: ChildWorkflowOptions(id: "shipment-\(item)", parentClosePolicy: .abandon)
        )
        try await shipment.signal(Shipment.hurry)
        return shipment.id
    }
}

@Workflow
actor Lenient {
    func run(_ item: String) async throws -> String {
        do {
            return try await context.executeChildWorkflow(Shipment.self, item)
        } catch let error as ChildWorkflowError where error.cause is TimeoutError {
            return "\(item) is late (workflow \(error.workflowID))"
        }
    }
}

@Workflow
actor Impatient {
    func run(_ item: String) async throws -> String {
        let shipment = Task {
            try await context.executeChildWorkflow(
                Shipment.self,
                item,
                options: ChildWorkflowOptions(cancellation: .tryCancel)
            )
        }
        try await context.sleep(.seconds(60))
        shipment.cancel()
        do {
            return try await shipment.value
        } catch let error as ChildWorkflowError where isCancellation(error) {
            return "\(item) cancelled"
        }
    }
}

@Workflow
actor Hurry {
    func run(_ item: String) async throws {
        let shipment = context.externalWorkflow(id: "shipment-\(item)")
        do {
            try await shipment.signal(Shipment.hurry)
        } catch let error as ExternalWorkflowError where error.reason == .notFound {
            context.logger.info("Nothing to hurry: \(error.message)")
        }
    }
}

@Workflow
actor Shop {
    private var waiting: [String] = []

    init(context: WorkflowContext, waiting: [String]) {
        self.context = context
        self.waiting = waiting
    }

    func run(_ waiting: [String]) async throws {
        while !context.isContinueAsNewSuggested {
            guard let item = try await nextItem() else { return }
            _ = try await context.executeChildWorkflow(Shipment.self, item)
        }
        try context.continueAsNew(Shop.self, waiting, options: ContinueAsNewOptions(memo: ["left": waiting.count]))
    }

    private func nextItem() async throws -> String? {
        waiting.isEmpty ? nil : waiting.removeFirst()
    }
}
