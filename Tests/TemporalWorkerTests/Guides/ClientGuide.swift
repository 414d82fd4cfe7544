import Foundation
import Temporal
import TemporalClient

// The code of the guides of `TemporalClient`, as it stands there: `ClientGuideTests` compares and runs it.

@Workflow
actor ParcelDelivery {
    func run(_ parcel: String) async throws -> String {
        guard parcel != "lost" else { throw ApplicationError("It was lost.", type: "Lost") }
        try await context.sleep(.seconds(3600))
        return "\(parcel) delivered"
    }
}

@Workflow(name: "InvoiceTotal")
actor InvoiceTotal {
    func run(_ items: [String]) async throws -> Double { Double(items.map(\.count).reduce(0, +)) }
}

@Workflow
actor Loyalty {
    private var sum = 0

    func run() async throws {
        try await context.waitCondition { self.sum < 0 }
    }

    @Signal func addPoints(_ points: Int) { sum += points }
    @Signal func expireAll() { sum = 0 }
    @Query func points() -> Int { sum }
    @Update func spend(_ points: Int) -> Int {
        sum -= min(points, sum)
        return sum
    }
}

@Workflow
actor Report {
    func run(_ topic: String) async throws -> String { "report on \(topic)" }
}

enum ClientGuide {
    static func startAndWait(_ client: TemporalClient) async throws -> String {
        let handle = try await client.startWorkflow(
            ParcelDelivery.self,
            "parcel-17",
            options: WorkflowOptions(id: "delivery-parcel-17", taskQueue: "deliveries")
        )
        do {
            let receipt = try await handle.result()
            return receipt
        } catch let error as WorkflowFailedError {
            return "not delivered: \(error.cause.message)"
        }
    }

    static func startByName(_ client: TemporalClient) async throws -> Double {
        let total = try await client.startWorkflow(
            named: "InvoiceTotal",
            ["tea", "bread"],
            options: WorkflowOptions(id: "invoice-4", taskQueue: "invoices")
        ).result(as: Double.self)
        return total
    }

    static func attach(_ client: TemporalClient) async throws -> WorkflowHandle<ParcelDelivery> {
        var options = WorkflowOptions(id: "delivery-parcel-18", taskQueue: "deliveries")
        options.idConflictPolicy = .useExisting
        options.idReusePolicy = .rejectDuplicate
        let attached = try await client.startWorkflow(ParcelDelivery.self, "parcel-18", options: options)
        return attached
    }

    static func find(_ client: TemporalClient) async throws {
        let found = client.workflowHandle(for: ParcelDelivery.self, id: "delivery-parcel-17")
        let description = try await found.describe()
        print(description.status, description.startTime, description.pendingActivities.map(\.activityType))
        for try await event in try await found.events(followsRun: true) {
            print(event.id, event.type, event.name ?? "")
        }
    }

    static func end(_ found: WorkflowHandle<ParcelDelivery>) async throws {
        try await found.cancel(reason: "The order was withdrawn.")
    }

    static func message(_ client: TemporalClient, _ loyalty: WorkflowHandle<Loyalty>) async throws -> [Int] {
        try await loyalty.signal(Loyalty.addPoints, 100)
        let started = try await client.signalWithStart(
            Loyalty.self,
            signal: Loyalty.addPoints,
            signalInput: 100,
            options: WorkflowOptions(id: "loyalty-c-18", taskQueue: "loyalty")
        )
        let points = try await loyalty.query(Loyalty.points)
        let left = try await loyalty.executeUpdate(Loyalty.spend, 30)
        let update = try await loyalty.startUpdate(Loyalty.spend, 10, id: "order-4711")
        let again = loyalty.updateHandle(Loyalty.spend, id: update.id)
        let rest = try await again.result()
        return [points, left, rest, try await started.query(Loyalty.points)]
    }

    static func updateWithStart(_ client: TemporalClient) async throws -> Int {
        var options = WorkflowOptions(id: "loyalty-c-19", taskQueue: "loyalty")
        options.idConflictPolicy = .useExisting
        let remaining = try await client.executeUpdateWithStart(
            Loyalty.self,
            update: Loyalty.spend,
            updateInput: 5,
            options: options
        )
        return remaining
    }

    static func listAndCount(_ client: TemporalClient) async throws -> Int {
        try await client.operator.addSearchAttributes(["LoyaltyPoints": .int, "CustomerId": .keyword])
        let rich = client.listWorkflows("WorkflowType = 'Loyalty' AND LoyaltyPoints >= 1000")
        for try await execution in rich {
            print(execution.id, execution.status, execution.startTime)
        }
        let count = try await client.countWorkflows("WorkflowType = 'Loyalty' GROUP BY ExecutionStatus")
        for group in count.groups { print(group.values, group.count) }
        return count.total
    }

    static func resetMany(_ client: TemporalClient) async throws {
        let all = BatchClient.Selection.query("WorkflowType = 'Loyalty' AND ExecutionStatus = 'Running'")
        for try await item in client.batch.preview(.reset(to: .lastWorkflowTask), all) {
            if case .reset(_, let event) = item.effect { print(item.execution.id, "returns to event", event) }
        }
        let operation = try await client.batch.signal(
            all,
            Loyalty.addPoints,
            10,
            reason: "Anniversary",
            maximumPerSecond: 50
        )
        for try await progress in operation.progress() {
            print("\(progress.completed + progress.failed) of \(progress.total)")
        }
    }

    static func undo(_ client: TemporalClient) async throws {
        let undo = PointwiseReset(
            query: "WorkflowType = 'Loyalty'",
            rule: .before(signal: "expireAll"),
            reason: "INC-42: points expired by mistake"
        )
        for try await item in undo.preview(with: client) { print(item.execution.id, item.outcome) }
        for try await item in undo.run(with: client) { print("\(item.done) of \(item.total)") }
    }

    static func gift(_ client: TemporalClient) async throws {
        let gift = PointwiseBatch(query: "WorkflowType = 'Loyalty'", reason: "Gift of March") { execution, handle in
            guard execution.status.isOpen else { return .skip("It is over.") }
            let points = try await handle.query("points", as: Int.self)
            return points >= 50 ? .signal(Loyalty.addPoints, 5) : .skip("\(points) points are too few.")
        }
        for try await item in gift.run(with: client) { print(item.execution.id, item.outcome) }
    }

    static func createSchedule(_ client: TemporalClient) async throws -> ScheduleHandle {
        let report = try await client.schedules.create(
            id: "sales-report",
            Schedule(
                action: .startWorkflow(
                    Report.self,
                    "sales",
                    options: WorkflowOptions(id: "sales-report", taskQueue: "reports")
                ),
                spec: ScheduleSpec(
                    calendars: [ScheduleCalendar(hour: [9], dayOfWeek: [.range(1...5)])],
                    exclusions: [
                        ScheduleCalendar(
                            second: [.range(0...59)],
                            minute: [.range(0...59)],
                            hour: [.range(0...23)],
                            dayOfMonth: [.range(24...26)],
                            month: [12]
                        )
                    ],
                    timeZone: "Europe/Berlin"
                ),
                policies: SchedulePolicies(overlap: .bufferOne, pausesOnFailure: true)
            )
        )
        return report
    }

    static func changeSchedule(_ client: TemporalClient, _ report: ScheduleHandle) async throws -> Int {
        let moments = try await report.matchingTimes(from: .now, through: .now.addingTimeInterval(7 * 86_400))
        try await report.update { schedule in
            schedule.spec.calendars[0].hour = [8]
            schedule.action.options.taskQueue = "fast-reports"
        }
        try await report.pause(note: "The source is being moved.")
        try await report.unpause(note: "It is moved.")
        try await report.trigger(overlap: .allowAll)
        try await report.backfill(
            ScheduleBackfill(from: .now.addingTimeInterval(-2 * 86_400), through: .now, overlap: .bufferAll)
        )
        let described = try await report.describe()
        print(described.actionCount, described.nextActionTimes.first ?? .distantFuture)
        for action in described.recentActions { print(action.workflowID, action.status) }
        for try await schedule in client.schedules.list("TemporalSchedulePaused = false") {
            print(schedule.id, schedule.workflowType, schedule.note)
        }
        try await report.delete()
        return moments.count
    }

    static func operate(_ client: TemporalClient) async throws {
        guard try await client.operator.checkHealth() == .serving else { return }
        let system = try await client.operator.systemInfo()
        print(system.serverVersion, system.capabilities)
        try await client.namespaces.register(
            "payments",
            retention: .seconds(30 * 86_400),
            ownerEmail: "pay@example.com"
        )
        try await client.namespaces.update("payments", retention: .seconds(7 * 86_400))
        for try await namespace in client.namespaces.list() { print(namespace.name, namespace.retention) }
        let queue = try await client.taskQueues.describe("deliveries", type: .activity)
        print(queue.pollers.map(\.identity), queue.statistics?.backlogCount ?? 0)
    }

    static func watch(_ client: TemporalClient) async throws -> WorkerDeploymentVersionDescription {
        let version = try await client.workerDeployments.handle(name: "orders")
            .describeVersion(buildID: "2.0", includesStatistics: true)
        for queue in version.taskQueues {
            guard let statistics = queue.statistics else { continue }
            print(queue.name, queue.kind, statistics.backlogCount, statistics.tasksAddedPerSecond)
        }
        return version
    }

    static func hold(_ client: TemporalClient) async throws {
        try await client.workflowRules.create(
            WorkflowRule(
                id: "hold-charges",
                visibilityQuery: "WorkflowType = 'Order'",
                trigger: .activityStart("ActivityType = 'charge' AND Attempts > 3"),
                actions: [.pauseActivity],
                expirationTime: .now.addingTimeInterval(3600)
            ),
            description: "INC-43: the bank is down"
        )
        for try await rule in client.workflowRules.list() { print(rule.rule.id, rule.createdBy, rule.description) }
        try await client.workflowRules.delete("hold-charges")
    }

    static func errors(_ client: TemporalClient, _ options: WorkflowOptions) async throws {
        do {
            try await client.startWorkflow(ParcelDelivery.self, "parcel-17", options: options)
        } catch let error as WorkflowAlreadyStartedError {
            print("runs already:", error.runID)
        } catch let error as RPCError where error.code == .resourceExhausted {
            print("too much at once:", error.exhaustedResource?.cause ?? error.message)
        }
    }

    static func details(_ failure: any Error) {
        if let error = failure as? RPCError {
            for detail in error.typedDetails { print(detail.typeName, detail.json ?? "") }
        }
    }
}
