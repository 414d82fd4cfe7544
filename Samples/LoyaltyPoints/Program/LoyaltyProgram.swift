import Logging
package import Temporal

/// What a customer of the loyalty program has, and is owed.
package struct LoyaltyState: Codable, Sendable, Hashable {
    /// The points that can be spent.
    package var points = 0

    /// The points ever added.
    package var earned = 0

    /// The number of full thousands that an e-mail was sent for.
    package var rewarded = 0

    /// Whether the customer has left.
    package var hasLeft = false

    package init() {}

    /// Each full thousand of points that a customer has had is worth a reward, once.
    var rewardsDue: Int { earned / 1000 - rewarded }
}

/// The loyalty program of one customer, from enrolment to exit. The workflow id is the customer's number.
@Workflow
package actor LoyaltyProgram {
    /// By which workflows are found.
    package static let pointsAttribute = SearchAttributeKey<Int>.int("points")

    private var state: LoyaltyState
    private var published: Int?

    package init(context: WorkflowContext, input state: LoyaltyState) {
        self.context = context
        self.state = state
    }

    /// Keeps the points until the customer leaves.
    ///
    /// - Parameter state: What the customer has: nothing, or what the run before left.
    /// - Returns: The points at the exit.
    package func run(_ state: LoyaltyState) async throws -> Int {
        while true {
            try publish()
            try await sendRewards()
            if context.isContinueAsNewSuggested, self.state.rewardsDue > 0 || !self.state.hasLeft {
                // What the signals did is in the state, so that the next run begins where this one ends.
                try context.continueAsNew(LoyaltyProgram.self, self.state)
            }
            if self.state.hasLeft { return self.state.points }
            try await context.waitCondition {
                self.published != self.state.points || self.state.rewardsDue > 0 || self.state.hasLeft
                    || self.context.isContinueAsNewSuggested
            }
        }
    }

    /// Adds points.
    @Signal package func add(_ points: Int) {
        guard points > 0 else { return refuse("add", points) }
        let (sum, overflow) = state.points.addingReportingOverflow(points)
        let (earned, earnedOverflow) = state.earned.addingReportingOverflow(points)
        guard !overflow, !earnedOverflow else { return refuse("add", points) }
        state.points = sum
        state.earned = earned
    }

    /// Spends points. More than there are cannot be spent.
    @Signal package func spend(_ points: Int) {
        guard points > 0, points <= state.points else { return refuse("spend", points) }
        state.points -= points
    }

    /// Ends the program for the customer.
    @Signal package func exit() { state.hasLeft = true }

    /// The points that can be spent.
    @Query package func points() -> Int { state.points }

    /// All that is known of the customer.
    @Query package func account() -> LoyaltyState { state }

    private func publish() throws {
        guard published != state.points else { return }
        try context.upsertSearchAttributes(Self.pointsAttribute.set(state.points))
        published = state.points
    }

    /// Sends what is due, or as much of it as the history of one run has room for.
    private func sendRewards() async throws {
        while state.rewardsDue > 0, !context.isContinueAsNewSuggested {
            let thousand = state.rewarded + 1
            try await context.executeActivity(
                LoyaltyActivities.sendEmail,
                Email(
                    customer: context.info.workflowID,
                    subject: "Congratulations!",
                    body: "You have earned a free coffee!",
                    reference: "\(context.info.workflowID)-\(thousand)000"
                ),
                startToCloseTimeout: .seconds(10),
                summary: "\(thousand),000 points"
            )
            state.rewarded = thousand
        }
    }

    private func refuse(_ what: String, _ points: Int) {
        context.logger.warning("Cannot \(what) \(points) points: there are \(state.points).")
    }
}
