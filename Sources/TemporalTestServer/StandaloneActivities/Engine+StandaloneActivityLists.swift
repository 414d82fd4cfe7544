import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Lists and counts of standalone activities.
extension Engine {
    /// Lists activities by a filter: open ones first, then closed ones, the latest of each first.
    func list(_ request: APIListActivityExecutionsRequest) throws -> APIListActivityExecutionsResponse {
        let query = try query(request.query, namespace: request.namespace, about: .activities)
        let page = try standaloneActivityOrder.page(size: request.pageSize, token: request.nextPageToken) {
            isListed(standaloneActivities.all[$0], namespace: request.namespace, query)
        }
        return .with {
            $0.executions = page.numbers.map { standaloneActivities.all[$0].listInfo }
            $0.nextPageToken = page.token
        }
    }

    /// Counts activities by a filter, all together or by status.
    func count(_ request: APICountActivityExecutionsRequest) throws -> APICountActivityExecutionsResponse {
        let query = try query(request.query, namespace: request.namespace, about: .activities, allowsGroups: true)
        var counts: [APIActivityExecutionStatus: Int64] = [:]
        for activity in standaloneActivities.all where isListed(activity, namespace: request.namespace, query) {
            counts[activity.apiStatus, default: 0] += 1
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

    /// The activities that pass a filter, in the order of lists.
    func standaloneActivities(in namespace: String, matching query: VisibilityQuery) -> [StandaloneActivity] {
        standaloneActivityOrder.places(from: nil).lazy.map { self.standaloneActivities.all[$0.number] }
            .filter { self.isListed($0, namespace: namespace, query) }
    }

    private func isListed(_ activity: StandaloneActivity, namespace: String, _ query: VisibilityQuery) -> Bool {
        !activity.isDeleted && activity.namespace == namespace && query.matches(activity)
    }

    private var standaloneActivityOrder: ListOrder {
        ListOrder(open: standaloneActivities.open, ended: standaloneActivities.closed)
    }
}
