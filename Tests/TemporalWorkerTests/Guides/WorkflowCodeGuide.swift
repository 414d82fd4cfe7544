import Foundation
import Temporal

// The samples of the guide on workflow code, as they stand there.

@Activities struct Store {
    @Activity func greet() async throws {}
    @Activity func buy(_ item: String) async throws -> Int { item.count }
}

@Activities struct Bank {
    @Activity func deposit(_ balance: Int) async throws -> Int { balance + 10 }
    @Activity func release() async throws {}
    @Activity func bless() async throws -> Bool { true }
}

@Workflow actor Checkout {
    private var paid = 0

    func run(_ items: [String]) async throws -> Int {
        async let greeting: Void = context.executeActivity(Store.greet, startToCloseTimeout: .seconds(30))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for item in items {
                group.addTask { try await self.buy(item) }
            }
            for try await price in group { paid += price }
        }
        try await greeting
        return paid
    }

    private func buy(_ item: String) async throws -> Int {
        try await context.executeActivity(Store.buy, item, startToCloseTimeout: .seconds(30))
    }
}

/// Draws lots after a minute.
@Workflow actor Lottery {
    struct Outcome: Codable, Sendable {
        var winner: String?
        var ticket: UUID
        var isInTime: Bool
    }

    func run(_ names: [String]) async throws -> Outcome {
        let deadline = context.now.addingTimeInterval(3600)
        try await context.sleep(.seconds(60))
        var random = context.random
        let winner = names.randomElement(using: &random)
        let ticket = try context.uuid()
        return Outcome(winner: winner, ticket: ticket, isInTime: context.now < deadline)
    }
}

/// Waits for an approval, and then deposits in turns.
@Workflow actor Deposits {
    private var isApproved = false
    private var balance = 0

    func run() async throws -> Int {
        try await context.waitCondition(timeout: .seconds(3600)) { self.isApproved }
        let isBlessed = try await context.withTimeout(.seconds(60)) {
            try await self.context.executeActivity(Bank.bless, startToCloseTimeout: .seconds(300))
        }
        guard isBlessed else { return 0 }
        let turns = WorkflowSemaphore(context)
        try await turns.withPermit {
            balance = try await context.executeActivity(Bank.deposit, balance, startToCloseTimeout: .seconds(30))
        }
        return balance
    }

    @Signal func approve() {
        isApproved = true
    }
}

@Activities struct Post {
    @Activity func send(_ letter: String) async throws {}
}

/// Sends what signals bring.
@Workflow actor Mailroom {
    private lazy var letters = WorkflowQueue<String>(context)

    func run() async throws -> Int {
        var sent = 0
        for try await letter in letters {
            try await context.executeActivity(Post.send, letter, startToCloseTimeout: .seconds(30))
            sent += 1
        }
        return sent
    }

    @Signal func add(_ letter: String) { letters.offer(letter) }
    @Signal func close() { letters.close() }
}

/// Gives back what it holds when it is cancelled.
@Workflow actor Holding {
    func run() async throws {
        do {
            try await context.sleep(.seconds(3600))
        } catch let error as CancellationError {
            try await context.withoutCancellation {
                try await self.context.executeActivity(Bank.release, startToCloseTimeout: .seconds(30))
            }
            throw error
        }
    }
}
