import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct BatchClientTests {
    private let script = ScriptedService()

    private var client: TemporalClient {
        let retry = CallRetryOptions(initialInterval: .milliseconds(1))
        return TemporalClient(service: script, namespace: "space", identity: "me", retry: retry)
    }

    /// The answer to the first attempt is lost, so that the second one finds what the first has started.
    private func loseFirstAnswer() {
        script.answer(.startBatchOperation) { _ in throw RPCError(code: .unavailable, message: "lost") }
        script.answer(.startBatchOperation) { _ in throw RPCError(code: .alreadyExists, message: "there is one") }
    }

    @Test func `an operation whose start was answered by a lost message is started all the same`() async throws {
        loseFirstAnswer()
        let handle = try await client.batch.terminate(.query("a = 1"), reason: "r")
        let ids = script.requests(.startBatchOperation).map(\.jobID)
        #expect(ids == [handle.id, handle.id])
    }

    @Test func `an operation with an id of the caller's may be another's`() async throws {
        loseFirstAnswer()
        let error = await #expect(throws: BatchOperationAlreadyExistsError.self) {
            _ = try await client.batch.terminate(.query("a = 1"), reason: "r", id: "mine")
        }
        #expect(error?.operationID == "mine")
    }
}
