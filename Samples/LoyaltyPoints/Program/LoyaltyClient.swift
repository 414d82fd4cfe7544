import Foundation
import Temporal
package import TemporalClient

/// What is done with customers of the loyalty program from outside of it.
package struct LoyaltyClient: Sendable {
    /// What talks to the Temporal Service.
    package let client: TemporalClient

    /// The task queue of the worker.
    package let taskQueue: String

    /// The most points that are given at a time: a letter goes out for each thousand.
    package static let most = 100_000

    /// Makes a client of the loyalty program.
    package init(client: TemporalClient, taskQueue: String) {
        self.client = client
        self.taskQueue = taskQueue
    }

    /// Makes sure that customers can be found by their points.
    package func prepare() async throws {
        try await client.operator.addSearchAttributes([LoyaltyProgram.pointsAttribute.name: .int])
    }

    /// Enrols a customer.
    ///
    /// - Throws: ``LoyaltyError/alreadyEnrolled(_:)`` if the customer takes part.
    package func enrol(_ customer: Int) async throws {
        let options = WorkflowOptions(
            id: String(customer),
            taskQueue: taskQueue,
            searchAttributes: [LoyaltyProgram.pointsAttribute.set(0)]
        )
        do {
            _ = try await client.startWorkflow(LoyaltyProgram.self, LoyaltyState(), options: options)
        } catch is WorkflowAlreadyStartedError {
            throw LoyaltyError.alreadyEnrolled(customer)
        }
    }

    /// The points of a customer, also of one who has left.
    ///
    /// - Throws: ``LoyaltyError/unknown(_:)`` if there is no such customer.
    package func points(of customer: Int) async throws -> Int {
        try await known(customer) { handle in
            for _ in 0..<20 {
                do {
                    return try await handle.query(LoyaltyProgram.points)
                } catch let error as RPCError where error.code == .failedPrecondition {
                    // The run has just continued another one: it cannot be asked before its first task.
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            return try await handle.query(LoyaltyProgram.points)
        }
    }

    /// Gives points to a customer.
    ///
    /// - Throws: ``LoyaltyError/tooMany(_:)`` if they are more than ``most``, ``LoyaltyError/unknown(_:)`` if the customer does
    ///   not take part.
    package func add(_ points: Int, to customer: Int) async throws {
        guard points > 0 else { throw LoyaltyError.notPositive(points) }
        guard points <= Self.most else { throw LoyaltyError.tooMany(points) }
        try await known(customer) { try await $0.signal(LoyaltyProgram.add, points) }
    }

    /// Spends points of a customer.
    ///
    /// - Throws: ``LoyaltyError/overdraft(_:points:)`` if the customer has fewer, ``LoyaltyError/unknown(_:)`` if the
    ///   customer does not take part.
    package func spend(_ points: Int, of customer: Int) async throws {
        guard points > 0 else { throw LoyaltyError.notPositive(points) }
        let present = try await self.points(of: customer)
        guard points <= present else { throw LoyaltyError.overdraft(customer, points: present) }
        // The workflow looks again: of two that spend at the same time the second may be refused.
        try await known(customer) { try await $0.signal(LoyaltyProgram.spend, points) }
    }

    /// Ends the program for a customer.
    ///
    /// - Throws: ``LoyaltyError/unknown(_:)`` if the customer does not take part.
    package func exit(_ customer: Int) async throws {
        try await known(customer) { try await $0.signal(LoyaltyProgram.exit) }
    }

    /// Waits until the program has ended for a customer.
    ///
    /// - Throws: ``LoyaltyError/unknown(_:)`` if there was no such customer, `WorkflowFailedError` if the run failed.
    package func waitUntilLeft(_ customer: Int) async throws {
        _ = try await known(customer) { try await $0.result() }
    }

    private func known<Value>(
        _ customer: Int,
        _ body: (WorkflowHandle<LoyaltyProgram>) async throws -> Value
    ) async throws -> Value {
        do {
            return try await body(client.workflowHandle(for: LoyaltyProgram.self, id: String(customer)))
        } catch is WorkflowNotFoundError {
            throw LoyaltyError.unknown(customer)
        }
    }
}

/// Why something cannot be done with a customer.
package enum LoyaltyError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknown(Int)
    case alreadyEnrolled(Int)
    case overdraft(Int, points: Int)
    case notPositive(Int)
    case tooMany(Int)

    package var description: String {
        switch self {
        case .unknown(let customer): "There is no customer \(customer) in the program: enrol with POST /\(customer)."
        case .alreadyEnrolled(let customer): "Customer \(customer) takes part already."
        case .overdraft(let customer, let points): "Customer \(customer) has only \(points) points."
        case .notPositive(let points): "\(points) is no number of points: it must be 1 or more."
        case .tooMany(let points): "\(points) points are too many at a time: give \(LoyaltyClient.most) at most."
        }
    }
}
