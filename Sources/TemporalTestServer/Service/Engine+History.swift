import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Where the next page of a history begins.
///
/// It names the run by its id: a service that was started again may have another run under the same number.
struct HistoryPageToken {
    let runID: String

    /// The id of the first event of the page.
    let nextEventID: Int64

    /// Where this pass over the history ends; what comes later is another pass.
    let endEventID: Int64

    init(run: Run, nextEventID: Int64, endEventID: Int64) {
        runID = run.runID
        self.nextEventID = nextEventID
        self.endEventID = endEventID
    }

    /// Reads a token.
    ///
    /// - Throws: `INVALID_ARGUMENT` for anything this service did not make.
    init(_ data: Data) throws {
        let words = String(decoding: data, as: UTF8.self).split(separator: " ")
        guard words.count == 3, String(words[0]).isUUID, let next = Int64(words[1]), let end = Int64(words[2]),
            next > 0, end >= 0
        else { throw ServiceError.invalid("Invalid NextPageToken.") }
        runID = String(words[0])
        nextEventID = next
        endEventID = end
    }

    var data: Data { Data("\(runID) \(nextEventID) \(endEventID)".utf8) }
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
            run = try self.run(of: given, in: request.execution, namespace: request.namespace)
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
                token?.data ?? HistoryPageToken(run: run, nextEventID: run.nextEventID, endEventID: 0).data
        }
        reply.onExpiry = .success(expired)
        reply.place = .history(run: run.number)
        run.historyWaiters.append(HistoryWaiter(reply: reply, answer: answer))
        watch(run.number)
    }

    /// The run whose history a token goes on with.
    ///
    /// - Throws: `INVALID_ARGUMENT` if the request is for another run, `NOT_FOUND` if there is no such run.
    private func run(
        of token: HistoryPageToken,
        in execution: APIWorkflowExecution,
        namespace: String
    ) throws -> Run {
        guard execution.runID.isEmpty || execution.runID == token.runID else {
            throw ServiceError.invalid("RunId in the request does not match the NextPageToken.")
        }
        var execution = execution
        execution.runID = token.runID
        return try run(of: execution, namespace: namespace)
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
        let asked = token.flatMap { $0.endEventID > $0.nextEventID ? $0.endEventID : nil } ?? run.nextEventID
        let end = min(asked, run.nextEventID)
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
                HistoryPageToken(run: run, nextEventID: last, endEventID: last < end ? end : 0).data
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
            run = try self.run(of: token, in: request.execution, namespace: request.namespace)
            last = min(token.nextEventID, run.nextEventID - 1)
        }
        let first = max(1, last - pageSize(request.maximumPageSize) + 1)
        return .with {
            $0.history.events = last < first ? [] : run.events[Int(first - 1)..<Int(last)].reversed()
            if first > 1 {
                $0.nextPageToken = HistoryPageToken(run: run, nextEventID: first - 1, endEventID: 0).data
            }
        }
    }
}
