import Temporal

/// Activities that do nothing, so that the SDK is what is measured.
@Activities struct Steps {
    @Activity func route(_ failed: [String]) async throws -> String { "good" }
    @Activity func transmit(_ route: String) async throws -> Bool { true }
    @Activity func step(_ number: Int) async throws -> Int { number }
}

/// Tries routes until one delivers.
@Workflow actor Routing {
    func run(_ attempts: Int) async throws -> [String] {
        var failed: [String] = []
        while failed.count < attempts {
            let route = try await context.executeActivity(Steps.route, failed, startToCloseTimeout: .seconds(10))
            let isDelivered = try await context.executeActivity(
                Steps.transmit,
                route,
                startToCloseTimeout: .seconds(10)
            )
            if isDelivered { break }
            failed.append(route)
        }
        return failed
    }
}

/// Runs activities one after the other.
@Workflow actor Sequence {
    func run(_ count: Int) async throws -> Int {
        var sum = 0
        for number in 0..<count {
            sum += try await context.executeActivity(Steps.step, number, startToCloseTimeout: .seconds(10))
        }
        return sum
    }
}

/// Sleeps for ten years.
@Workflow actor TenYears {
    func run() async throws {
        try await context.sleep(.seconds(10 * 365 * 24 * 3600))
    }
}

/// Counts signals until there are enough.
@Workflow actor SignalCounter {
    private var count = 0

    func run(_ enough: Int) async throws -> Int {
        try await context.waitCondition { self.count >= enough }
        return count
    }

    @Signal func add(_ number: Int) { count += number }
}

/// Runs many activities, some at a time.
@Workflow actor Batches {
    func run(_ count: Int, _ width: Int) async throws -> Int {
        let context = context
        return try await withThrowingTaskGroup(of: Int.self) { group in
            var sum = 0
            for number in 0..<count {
                if number >= width { sum += try await group.next() ?? 0 }
                group.addTask {
                    try await context.executeActivity(Steps.step, 1, startToCloseTimeout: .seconds(60))
                }
            }
            while let one = try await group.next() { sum += one }
            return sum
        }
    }
}
