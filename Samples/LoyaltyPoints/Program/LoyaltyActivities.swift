package import Logging
package import Temporal

/// A letter to a customer.
package struct Email: Codable, Sendable, Hashable {
    /// The number of the customer.
    package var customer: String
    /// What it is about.
    package var subject: String
    /// What it says.
    package var body: String
    /// The same for each attempt to send it, so that the mail service can tell a repetition.
    package var reference: String
}

/// What the loyalty program does outside of its workflow.
@Activities
package struct LoyaltyActivities {
    /// Where the letters go.
    package var logger: Logger

    /// Makes the activities.
    package init(logger: Logger) {
        self.logger = logger
    }

    /// Sends a letter. Here it is only noted: this is the place for a mail service.
    @Activity package func sendEmail(_ email: Email) {
        logger.notice("E-mail to \(email.customer): \(email.subject) \(email.body) [\(email.reference)]")
    }
}
