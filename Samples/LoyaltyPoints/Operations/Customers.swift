import Foundation
import SampleSupport
import TemporalClient

/// What happens to many customers at once.
package struct Customers: Sendable {
    private let loyalty: LoyaltyClient
    private let numbers: [Int]

    /// Calls under way at a time: a server answers them side by side.
    private static let width = 16

    /// Customers with the numbers from one on.
    package init(_ loyalty: LoyaltyClient, count: Int, from first: Int = 0) {
        self.loyalty = loyalty
        self.numbers = Array(first..<first + count)
    }

    /// Enrols those who do not take part yet, and gives points to all, several times.
    ///
    /// - Parameters:
    ///   - points: The points given each time.
    ///   - rounds: The number of times.
    ///   - onlyNew: Whether a customer who takes part already is an error.
    ///   - progress: Told of each customer who is done.
    /// - Throws: ``LoyaltyError/alreadyEnrolled(_:)`` if only new customers will do and one takes part.
    package func simulate(
        points: Int,
        rounds: Int,
        onlyNew: Bool = false,
        progress: (Int, Int) -> Void
    ) async throws {
        try await forEach(progress) { customer in
            do {
                try await loyalty.enrol(customer)
            } catch LoyaltyError.alreadyEnrolled where !onlyNew {
                // Somebody enrolled them before: they get their points all the same.
            }
            for _ in 0..<rounds { try await loyalty.add(points, to: customer) }
        }
    }

    /// The accident: spends all points of everyone.
    ///
    /// - Parameter progress: Told of each customer who is done.
    package func spendEverything(progress: (Int, Int) -> Void) async throws {
        try await forEach(progress) { customer in
            let points = try await loyalty.points(of: customer)
            if points > 0 { try await loyalty.spend(points, of: customer) }
        }
    }

    /// Gives points to all.
    package func add(_ points: Int, progress: (Int, Int) -> Void) async throws {
        try await forEach(progress) { try await loyalty.add(points, to: $0) }
    }

    /// Ends the program for all, and waits until it has ended.
    package func exit(progress: (Int, Int) -> Void) async throws {
        try await forEach(progress) { customer in
            try await loyalty.exit(customer)
            try await loyalty.waitUntilLeft(customer)
        }
    }

    /// How many customers have how many points.
    ///
    /// - Returns: The number of customers, by their points.
    package func points() async throws -> [Int: Int] {
        var counts: [Int: Int] = [:]
        try await forEach({ _, _ in }) {
            try await loyalty.points(of: $0)
        } then: {
            counts[$0, default: 0] += 1
        }
        return counts
    }

    private func forEach<Value: Sendable>(
        _ progress: (Int, Int) -> Void,
        _ body: @escaping @Sendable (Int) async throws -> Value,
        then use: (Value) -> Void = { (_: Value) in }
    ) async throws {
        try await withThrowingTaskGroup(of: Value.self) { group in
            var done = 0
            func takeNext() async throws {
                guard let value = try await group.next() else { return }
                use(value)
                done += 1
                progress(done, numbers.count)
            }
            for (index, customer) in numbers.enumerated() {
                if index >= Self.width { try await takeNext() }
                group.addTask { try await body(customer) }
            }
            while done < numbers.count { try await takeNext() }
        }
    }
}
