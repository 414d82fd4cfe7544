import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Where the next page of a history begins.
struct HistoryPageToken {
    let run: Int

    /// The id of the first event of the page.
    let nextEventID: Int64

    /// Where this pass over the history ends; what comes later is another pass.
    let endEventID: Int64

    init(run: Int, nextEventID: Int64, endEventID: Int64) {
        self.run = run
        self.nextEventID = nextEventID
        self.endEventID = endEventID
    }

    init(_ data: Data) throws {
        guard data.count == 24 else { throw ServiceError.invalid("Invalid NextPageToken.") }
        var words: [UInt64] = [0, 0, 0]
        for (offset, byte) in data.enumerated() {
            words[offset / 8] = words[offset / 8] << 8 | UInt64(byte)
        }
        guard let run = Int(exactly: words[0]), let next = Int64(exactly: words[1]), let end = Int64(exactly: words[2])
        else { throw ServiceError.invalid("Invalid NextPageToken.") }
        self.init(run: run, nextEventID: next, endEventID: end)
    }

    var data: Data {
        var data = Data(capacity: 24)
        for word in [UInt64(run), UInt64(nextEventID), UInt64(endEventID)] {
            withUnsafeBytes(of: word.bigEndian) { data.append(contentsOf: $0) }
        }
        return data
    }
}

extension Engine {
    /// The most events in one page.
    private static let longestPage = 1000

    private func pageSize(_ asked: Int32) -> Int64 {
        asked <= 0 ? Int64(Self.longestPage) : Int64(min(Int(asked), Self.longestPage))
    }

    /// Answers with a page of a history, or waits for what comes next in it, or for its end.
    func history(
        _ request: APIGetWorkflowExecutionHistoryRequest,
        _ reply: Reply<APIGetWorkflowExecutionHistoryResponse>
    ) throws {
        guard request.hasExecution else { throw ServiceError.executionNotSet }
        var token: HistoryPageToken?
        let run: Run
        if request.nextPageToken.isEmpty {
            run = try self.run(of: request.execution, namespace: request.namespace)
        } else {
            let given = try HistoryPageToken(request.nextPageToken)
            guard runs.indices.contains(given.run) else { throw ServiceError.invalid("Invalid NextPageToken.") }
            run = runs[given.run]
            guard request.execution.runID.isEmpty || request.execution.runID == run.runID else {
                throw ServiceError.invalid("RunId in the request does not match the NextPageToken.")
            }
            token = given
        }
        let closeOnly = request.historyEventFilterType == .closeEvent
        let limit = pageSize(request.maximumPageSize)
        let answer = { [unowned self] (run: Run) -> Bool in
            guard
                let response = page(
                    of: run,
                    token: token,
                    limit: limit,
                    follow: request.waitNewEvent,
                    closeOnly: closeOnly
                )
            else { return false }
            complete(reply, .success(response))
            return true
        }
        guard !answer(run) else { return }
        // What the call is answered with when nothing came in time: the place to go on from.
        let expired = APIGetWorkflowExecutionHistoryResponse.with {
            $0.history = APIHistory()
            $0.nextPageToken =
                token?.data ?? HistoryPageToken(run: run.number, nextEventID: run.nextEventID, endEventID: 0).data
        }
        reply.onExpiry = .success(expired)
        reply.place = .history(run: run.number)
        run.historyWaiters.append(HistoryWaiter(reply: reply, answer: answer))
        watch(run.number)
    }

    /// A page of a history, or `nil` if the call has to wait for it.
    private func page(
        of run: Run,
        token: HistoryPageToken?,
        limit: Int64,
        follow: Bool,
        closeOnly: Bool
    ) -> APIGetWorkflowExecutionHistoryResponse? {
        var response = APIGetWorkflowExecutionHistoryResponse()
        if closeOnly {
            if run.isOpen, follow { return nil }
            response.history.events = run.isOpen ? [] : run.events.suffix(1)
            return response
        }
        let first = token?.nextEventID ?? 1
        // A pass covers what was there when it began.
        let end = token.flatMap { $0.endEventID > $0.nextEventID ? $0.endEventID : nil } ?? run.nextEventID
        guard first < end else {
            if follow, run.isOpen { return nil }
            response.history = APIHistory()
            return response
        }
        let last = min(end, first + limit)
        response.history.events = Array(run.events[Int(first - 1)..<Int(last - 1)])
        let isComplete = last == run.nextEventID && !run.isOpen
        if last < end || (follow && !isComplete) {
            response.nextPageToken =
                HistoryPageToken(run: run.number, nextEventID: last, endEventID: last < end ? end : 0).data
        }
        return response
    }

    /// Answers the calls that wait for what has come into a history.
    func notifyHistoryWaiters(of run: Run) {
        guard !run.historyWaiters.isEmpty else { return }
        for waiter in run.historyWaiters { _ = waiter.answer(run) }
    }

    /// A page of a history from its end.
    func historyReverse(
        _ request: APIGetWorkflowExecutionHistoryReverseRequest
    ) throws -> APIGetWorkflowExecutionHistoryReverseResponse {
        guard request.hasExecution else { throw ServiceError.executionNotSet }
        let run: Run
        var last: Int64
        if request.nextPageToken.isEmpty {
            run = try self.run(of: request.execution, namespace: request.namespace)
            last = run.nextEventID - 1
        } else {
            let token = try HistoryPageToken(request.nextPageToken)
            run = try self.run(number: token.run)
            last = min(token.nextEventID, run.nextEventID - 1)
        }
        let first = max(1, last - pageSize(request.maximumPageSize) + 1)
        return .with {
            $0.history.events = last < first ? [] : run.events[Int(first - 1)..<Int(last)].reversed()
            if first > 1 {
                $0.nextPageToken = HistoryPageToken(run: run.number, nextEventID: first - 1, endEventID: 0).data
            }
        }
    }
}
