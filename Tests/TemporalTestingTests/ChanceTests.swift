import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Random numbers where none may be drawn: nobody waits for ever for one that suits, and the misuse is told.
@Suite(.timeLimit(.minutes(1))) struct ChanceTests {
    @Test(arguments: [false, true])
    func `a query that draws fails, also if it swallows the error`(_ swallows: Bool) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Gambler.self]) { env in
            let gambler = try await env.startWorkflow(Gambler.self)
            let error = await #expect(throws: QueryFailedError.self) {
                if swallows {
                    _ = try await gambler.query(Gambler.peek)
                } else {
                    _ = try await gambler.query(Gambler.roll)
                }
            }
            #expect(error?.message.contains("tried to draw random numbers: it may only read") == true)
            // The next one is answered, and the run goes on.
            #expect(try await gambler.query(Gambler.bets) == 0)
            try await gambler.signal(Gambler.leave)
            _ = try await gambler.result()
        }
    }

    @Test func `a validator that draws fails the workflow task`() async throws {
        let failure = await failure(of: [Gambler.self]) { env in
            let gambler = try await env.startWorkflow(Gambler.self)
            _ = try? await gambler.executeUpdate(Gambler.bet, 1)
        }
        let message = "The validator of update 'bet' of 'Gambler' tried to draw random numbers: it may only read"
        #expect(failure?.problems.first?.contains(message) == true)
    }

    @Test func `what run draws is random and the same on replay`() async throws {
        let drawn = try await TestWorkflowEnvironment.run(workflows: [Gambler.self]) { env in
            let gambler = try await env.startWorkflow(Gambler.self)
            try await gambler.signal(Gambler.leave)
            return try await gambler.result()
        }
        #expect(Set(drawn) == [1, 2, 3])
    }
}

@Workflow private actor Gambler {
    private var isOver = false
    private var count = 0

    func run() async throws -> [Int] {
        try await context.waitCondition { self.isOver }
        var random = context.random
        return (0..<50).map { _ in Int.random(in: 1...3, using: &random) }
    }

    @Signal func leave() { isOver = true }

    @Query func bets() -> Int { count }

    /// The numbers of 64 bits are no multiple of 3: one that is always the same is refused for ever.
    @Query func roll() -> Int {
        var random = context.random
        return Int.random(in: 1...3, using: &random)
    }

    @Query func peek() -> Bool { (try? context.uuid()) != nil }

    @Update(validator: "checkBet") func bet(_ amount: Int) -> Int {
        count += amount
        return count
    }

    func checkBet(_ amount: Int) throws {
        var random = context.random
        guard [1, 2, 3].randomElement(using: &random) != nil else { throw ApplicationError("no luck") }
    }
}
