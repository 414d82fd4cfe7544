import Temporal
import TemporalAPI

extension MethodTable {
    /// What answered RPCs leave out, by the name of the RPC.
    static let limits: [String: String] = [
        "CreateWorkerDeploymentVersion": "without a compute config, since the service starts no workers",
        "ListWorkflowExecutions": "filters on datetime attributes compare moments, not texts",
        "StartBatchOperation": "done at once unless the rate is limited",
        "DescribeActivityExecution": "without the SDK of the worker, which only headers of gRPC tell",
        "ListTaskQueuePartitions": "a task queue is one partition",
        "UpdateNamespace": "description, owner, data, state and retention",
        "GetSearchAttributes": "names as they are in namespaces, not in a database",
    ]

    /// The page of the documentation that lists all RPCs. A test compares it with the file in the catalog.
    package static var documentation: String {
        var lines = [
            "# Methods",
            "",
            "Which RPCs of the Temporal API the in-memory service answers.",
            "",
            "What is not answered fails with `UNIMPLEMENTED` and a message that names the RPC and the reason.",
        ]
        var services: [String] = []
        for method in ServiceMethods.all where !services.contains(method.service) { services.append(method.service) }
        for service in services {
            let methods = ServiceMethods.all.filter { $0.service == service }
            let answered = methods.filter { isImplemented($0) }.count
            let name = service.split(separator: ".").last.map(String.init) ?? service
            lines += [
                "", "## \(name)", "", "\(answered) of \(methods.count) are answered.", "", "| RPC | |", "| --- | --- |",
            ]
            for method in methods { lines.append("| `\(method.name)` | \(state(of: method)) |") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func state(of method: some AnyServiceMethod) -> String {
        guard isImplemented(method) else { return "not answered: \(reasons[method.name] ?? "")" }
        return limits[method.name].map { "answered in part: \($0)" } ?? "answered"
    }
}
