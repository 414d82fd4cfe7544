package import Foundation

/// What a workflow wants written.
package struct WriteRequest: Codable, Sendable, Hashable {
    /// The same for each time that the request is sent: it is written once.
    package var requestID: String
    /// The workflow that wants it, and is told.
    package var workflowID: String
    /// What is written.
    package var data: String
    /// When it was first sent.
    package var submittedAt: Date

    package init(requestID: String, workflowID: String, data: String, submittedAt: Date) {
        self.requestID = requestID
        self.workflowID = workflowID
        self.data = data
        self.submittedAt = submittedAt
    }
}

/// What a workflow is told of its request.
package struct WriteConfirmation: Codable, Sendable, Hashable {
    /// The request.
    package var requestID: String
    /// The batch that it was written with.
    package var batchID: String
    /// The number of requests in the batch.
    package var batchSize: Int
    /// Why it was not written; `nil` if it was.
    package var failure: String?
}

/// What a batch that was written is.
package struct BatchResult: Codable, Sendable, Hashable {
    /// The number of rows that were new.
    package var written: Int
    /// The number of rows that were there already.
    package var repeated: Int
}
