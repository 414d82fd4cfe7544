import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Lists and counts of runs.
extension Engine {
    // MARK: RPCs

    /// Lists runs by a filter: open ones first, then closed ones, the latest of each first.
    func list(_ request: APIListWorkflowExecutionsRequest) throws -> APIListWorkflowExecutionsResponse {
        let query = try query(request.query, namespace: request.namespace)
        let page = try page(request.namespace, size: request.pageSize, token: request.nextPageToken, query.matches)
        return .with {
            $0.executions = page.runs.map { $0.listedInfo }
            $0.nextPageToken = page.token
        }
    }

    /// Lists runs by a filter, in the same order.
    func scan(_ request: APIScanWorkflowExecutionsRequest) throws -> APIScanWorkflowExecutionsResponse {
        let query = try query(request.query, namespace: request.namespace)
        let page = try page(request.namespace, size: request.pageSize, token: request.nextPageToken, query.matches)
        return .with {
            $0.executions = page.runs.map { $0.listedInfo }
            $0.nextPageToken = page.token
        }
    }

    /// Counts runs by a filter, all together or by status.
    func count(_ request: APICountWorkflowExecutionsRequest) throws -> APICountWorkflowExecutionsResponse {
        let query = try query(request.query, namespace: request.namespace, allowsGroups: true)
        var counts: [APIWorkflowExecutionStatus: Int64] = [:]
        for run in runs where isListed(run, namespace: request.namespace) && query.matches(run) {
            counts[run.status, default: 0] += 1
        }
        return .with { response in
            response.count = counts.values.reduce(0, +)
            guard query.isGrouped else { return }
            response.groups = counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { status, count in
                    .with {
                        $0.groupValues = [.keyword(status.words)]
                        $0.count = count
                    }
                }
        }
    }

    /// Lists open runs.
    func listOpen(_ request: APIListOpenWorkflowExecutionsRequest) throws -> APIListOpenWorkflowExecutionsResponse {
        let times = try range(of: request.hasStartTimeFilter ? request.startTimeFilter : nil)
        let page = try page(
            request.namespace,
            size: request.maximumPageSize,
            token: request.nextPageToken
        ) { run in
            guard run.isOpen, !run.hasDivision, times.contains(run.startTime) else { return false }
            return switch request.filters {
            case .executionFilter(let filter): filter.matches(run)
            case .typeFilter(let filter): filter.matches(run)
            case nil: true
            }
        }
        return .with {
            $0.executions = page.runs.map { $0.listedInfo }
            $0.nextPageToken = page.token
        }
    }

    /// Lists closed runs.
    func listClosed(
        _ request: APIListClosedWorkflowExecutionsRequest
    ) throws -> APIListClosedWorkflowExecutionsResponse {
        if case .statusFilter(let filter) = request.filters, [.unspecified, .running].contains(filter.status) {
            throw ServiceError.invalid("StatusFilter must be specified and must be not Running.")
        }
        let times = try range(of: request.hasStartTimeFilter ? request.startTimeFilter : nil)
        let page = try page(
            request.namespace,
            size: request.maximumPageSize,
            token: request.nextPageToken
        ) { run in
            guard !run.hasDivision, let end = run.closeTime, times.contains(end) else { return false }
            return switch request.filters {
            case .executionFilter(let filter): filter.matches(run)
            case .typeFilter(let filter): filter.matches(run)
            case .statusFilter(let filter): run.status == filter.status
            case nil: true
            }
        }
        return .with {
            $0.executions = page.runs.map { $0.listedInfo }
            $0.nextPageToken = page.token
        }
    }

    /// Refuses, as a server without archival does.
    func listArchived(
        _ request: APIListArchivedWorkflowExecutionsRequest
    ) throws -> APIListArchivedWorkflowExecutionsResponse {
        _ = try namespace(request.namespace)
        throw ServiceError.invalid("Cluster is not configured for visibility archival.")
    }

    // MARK: Machinery

    /// Reads a filter with the search attributes of a namespace.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    func query(
        _ text: String,
        namespace: String,
        about kind: VisibilityQuery.Kind = .workflows,
        allowsGroups: Bool = false
    ) throws -> VisibilityQuery {
        let registry = try self.namespace(namespace).searchAttributes
        do {
            return try VisibilityQuery(text, registry: registry, about: kind, allowsGroups: allowsGroups)
        } catch {
            throw ServiceError.invalid(error.message)
        }
    }

    /// All runs that pass a filter, in the order of lists.
    func runs(in namespace: String, matching query: VisibilityQuery) -> [Run] {
        listOrder.places(from: nil).lazy.map { self.runs[$0.number] }
            .filter { self.isListed($0, namespace: namespace) && query.matches($0) }
    }

    private func isListed(_ run: Run, namespace: String) -> Bool {
        !run.isDeleted && run.namespace == namespace
    }

    private var listOrder: ListOrder { ListOrder(open: openRuns, ended: endedRuns) }

    private func page(
        _ namespace: String,
        size: Int32,
        token: Data,
        _ matches: (Run) -> Bool
    ) throws -> (runs: [Run], token: Data) {
        _ = try self.namespace(namespace)
        let page = try listOrder.page(size: size, token: token) {
            isListed(runs[$0], namespace: namespace) && matches(runs[$0])
        }
        return (page.numbers.map { runs[$0] }, page.token)
    }

    private func range(of filter: APIStartTimeFilter?) throws -> ClosedRange<Moment> {
        let earliest = filter.flatMap { $0.hasEarliestTime ? Moment($0.earliestTime) : nil }
        let latest = filter.flatMap { $0.hasLatestTime ? Moment($0.latestTime) : nil }
        let low = earliest ?? Moment(nanoseconds: .min)
        let high = latest ?? Moment(nanoseconds: .max)
        guard low <= high else {
            throw ServiceError.invalid("EarliestTime in StartTimeFilter should not be larger than LatestTime.")
        }
        return low...high
    }
}

extension APIWorkflowExecutionFilter {
    fileprivate func matches(_ run: Run) -> Bool {
        run.workflowID == workflowID && (runID.isEmpty || run.runID == runID)
    }
}

extension APIWorkflowTypeFilter {
    fileprivate func matches(_ run: Run) -> Bool {
        run.start.workflowType.name == name
    }
}

extension APIPayload {
    /// A list of keywords as the service itself sets it.
    static func keywords(_ texts: [String]) -> APIPayload {
        .with {
            $0.metadata = ["encoding": Data("json/plain".utf8), "type": Data("KeywordList".utf8)]
            $0.data = texts.json
        }
    }

    /// A keyword as lists and counts give it.
    static func keyword(_ text: String) -> APIPayload {
        .with {
            $0.metadata = ["encoding": Data("json/plain".utf8), "type": Data("Keyword".utf8)]
            $0.data = Data("\"\(text)\"".utf8)
        }
    }
}
