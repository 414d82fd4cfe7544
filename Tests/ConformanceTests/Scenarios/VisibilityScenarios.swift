import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Which runs lists and counts find, and what they say of filters that they do not take.
@Suite(.timeLimit(.minutes(3)), .serialized) struct VisibilityScenarios {
    @Test(arguments: Backend.available)
    func `list filters find the same runs`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        try await scene.startListedRuns()
        for (filter, ids) in ListFilters.accepted {
            // The line break ends a comment in the filter.
            let found = try await scene.list("(\(filter)\n) AND TaskQueue = '\(scene.taskQueue)'")
            #expect(found.map(\.execution.workflowID) == ids, "\(filter)")
        }
    }

    @Test(arguments: Backend.available)
    func `list filters are refused with the same words`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        try await scene.addSearchAttributes()
        for (filter, message) in ListFilters.refused {
            let error = await #expect(throws: RPCError.self, "\(filter)") { _ = try await scene.list(filter) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == message, "\(filter)")
        }
    }

    @Test(arguments: Backend.available)
    func `counts can be grouped by status and by nothing else`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        try await scene.startListedRuns()
        let ours = "TaskQueue = '\(scene.taskQueue)'"
        #expect(try await scene.count(ours).count == 5)
        let grouped = try await scene.count("\(ours) GROUP BY ExecutionStatus")
        #expect(grouped.count == 5)
        let groups = grouped.groups.map { group in
            "\(group.groupValues.map { String(decoding: $0.data, as: UTF8.self) }) \(group.count)"
        }
        #expect(groups == [#"["\"Running\""] 3"#, #"["\"Terminated\""] 2"#])
        let none = try await scene.count("\(ours) AND WorkflowType = 'none' GROUP BY ExecutionStatus")
        #expect(none.count == 0)
        #expect(none.groups.isEmpty)
        let unsupported = "invalid query: operation is not supported: "
        let refused = [
            (
                "GROUP BY WorkflowType",
                unsupported + "'group by' clause is only supported for ExecutionStatus search attribute"
            ),
            ("GROUP BY ExecutionStatus, WorkflowType", unsupported + "'group by' clause supports only a single field"),
            (
                "GROUP BY NoSuch",
                "invalid query: invalid expression: column name 'NoSuch' is not a valid search attribute"
            ),
            ("GROUP BY ExecutionStatus ORDER BY StartTime", unsupported + "'order by' clause"),
            ("GROUP BY ExecutionStatus LIMIT 1", unsupported + "'limit' clause"),
            ("ORDER BY StartTime", unsupported + "'order by' clause"),
            ("LIMIT 1", "invalid query: malformed SQL query: syntax error at position 33 near 'limit'"),
        ]
        for (filter, message) in refused {
            let error = await #expect(throws: RPCError.self, "\(filter)") { _ = try await scene.count(filter) }
            #expect(error?.message == message, "\(filter)")
        }
    }

    @Test(arguments: Backend.available)
    func `pages follow each other without gaps`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        try await scene.startListedRuns()
        var token = Data()
        var pages: [[String]] = []
        repeat {
            let page = try await scene.client.service.call(
                .listWorkflowExecutions,
                .with {
                    $0.namespace = "default"
                    $0.query = "TaskQueue = '\(scene.taskQueue)'"
                    $0.pageSize = 2
                    $0.nextPageToken = token
                },
                options: .default
            )
            pages.append(page.executions.map(\.execution.workflowID))
            token = page.nextPageToken
        } while !token.isEmpty
        #expect(pages == [["c_3", "b-1"], ["a-1", "b'2"], ["a-2"]])
    }

    @Test(arguments: Backend.available)
    func `the length of a history is listed once the run has ended`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        try await scene.startListedRuns()
        let open = try #require(try await scene.list("WorkflowId = 'a-1' AND TaskQueue = '\(scene.taskQueue)'").first)
        #expect(open.status == .running)
        #expect(open.historyLength == 0)
        #expect(!open.hasCloseTime)
        #expect(open.taskQueue == scene.taskQueue)
        #expect(open.rootExecution == open.execution)
        #expect(open.searchAttributes.indexedFields["points"]?.data == Data("5".utf8))
        #expect(open.searchAttributes.indexedFields["points"]?.metadata["type"] == Data("Int".utf8))
        let closed = try #require(try await scene.list("WorkflowId = 'a-2' AND TaskQueue = '\(scene.taskQueue)'").first)
        #expect(closed.status == .terminated)
        #expect(closed.historyLength == 3)
        #expect(closed.stateTransitionCount == 2)
        #expect(closed.hasCloseTime && closed.hasExecutionDuration)
    }

    @Test(arguments: Backend.available)
    func `search attributes are added, listed and removed`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let name = "extra"
        func add(_ attributes: [String: APIIndexedValueType]) async throws {
            _ = try await scene.client.service.call(
                .addSearchAttributes,
                .with {
                    $0.namespace = "default"
                    $0.searchAttributes = attributes
                },
                options: .default
            )
        }
        func custom() async throws -> [String: APIIndexedValueType] {
            let request = APIListSearchAttributesRequest.with { $0.namespace = "default" }
            return try await scene.client.service.call(.listSearchAttributes, request, options: .default)
                .customAttributes
        }
        func remove(_ name: String) async throws {
            _ = try await scene.client.service.call(
                .removeSearchAttributes,
                .with {
                    $0.namespace = "default"
                    $0.searchAttributes = [name]
                },
                options: .default
            )
        }
        try await add([name: .keyword])
        try await scene.eventually { try await custom()[name] == .keyword }
        // Another type changes nothing: the `temporal` command is what compares them.
        try await add([name: .int])
        #expect(try await custom()[name] == .keyword)
        try await remove(name)
        try await scene.eventually { try await custom()[name] == nil }
        let gone = await #expect(throws: RPCError.self) { try await remove(name) }
        #expect(gone?.code == .notFound)
        #expect(gone?.message == "Search attribute extra doesn't exist.")
        let system = await #expect(throws: RPCError.self) { try await remove("WorkflowId") }
        #expect(system?.message == "Unable to remove non-custom search attributes: WorkflowId.")
        let reserved = await #expect(throws: RPCError.self) { try await add(["TemporalFoo": .keyword]) }
        #expect(reserved?.message == "Search attribute TemporalFoo is reserved by system.")
        let nothing = await #expect(throws: RPCError.self) { try await add([:]) }
        #expect(nothing?.message == "SearchAttributes are not set on request.")
    }
}

extension Scene {
    /// Makes the search attributes of the listed runs known.
    fileprivate func addSearchAttributes() async throws {
        _ = try await client.service.call(
            .addSearchAttributes,
            .with {
                $0.namespace = "default"
                $0.searchAttributes = [
                    "points": .int, "Kw": .keyword, "Txt": .text, "Dbl": .double, "Flag": .bool, "When": .datetime,
                    "Kws": .keywordList,
                ]
            },
            options: .default
        )
    }

    /// Starts the five runs that the filters are about, and ends two of them.
    fileprivate func startListedRuns() async throws {
        try await addSearchAttributes()
        let runs: [(id: String, type: String, attributes: [String: String])] = [
            (
                "a-1", "Alpha",
                [
                    "points": "5", "Kw": #""red""#, "Dbl": "1.5", "Flag": "true", "When": #""2024-01-02T03:04:05Z""#,
                    "Kws": #"["x","y"]"#, "Txt": #""The quick brown Fox""#,
                ]
            ),
            ("a-2", "Alpha", ["points": "10", "Kw": #""green""#, "Dbl": "-2.0", "Flag": "false"]),
            ("b-1", "Beta", ["points": "1000", "Kw": #""it's""#, "Kws": #"["y"]"#]),
            ("b'2", "Beta", ["Txt": #""lazy dog""#]),
            ("c_3", "Gam%ma", ["Kw": #""red%x""#]),
        ]
        for run in runs {
            _ = try await client.service.call(
                .startWorkflowExecution,
                .with {
                    $0.namespace = "default"
                    $0.workflowID = run.id
                    $0.workflowType.name = run.type
                    $0.taskQueue.name = taskQueue
                    $0.requestID = UUID().uuidString
                    $0.workflowIDConflictPolicy = .terminateExisting
                    for (name, value) in run.attributes {
                        $0.searchAttributes.indexedFields[name] = .with {
                            $0.metadata["encoding"] = Data("json/plain".utf8)
                            $0.data = Data(value.utf8)
                        }
                    }
                },
                options: .default
            )
        }
        // Some time passes, as filters ask how long a run took.
        try await sleep(.milliseconds(5))
        for id in ["a-2", "b'2"] {
            try await client.workflowHandle(id: id).terminate(reason: "listed as closed")
        }
        // A server lists a change a moment after it.
        try await eventually {
            try await count("TaskQueue = '\(taskQueue)' AND ExecutionStatus = 'Terminated'").count == 2
        }
        try await eventually { try await count("TaskQueue = '\(taskQueue)'").count == 5 }
    }

    fileprivate func list(_ filter: String) async throws -> [APIWorkflowWorkflowExecutionInfo] {
        try await client.service.call(
            .listWorkflowExecutions,
            .with {
                $0.namespace = "default"
                $0.query = filter
                $0.pageSize = 100
            },
            options: .default
        )
        .executions
    }

    fileprivate func count(_ filter: String) async throws -> APICountWorkflowExecutionsResponse {
        try await client.service.call(
            .countWorkflowExecutions,
            .with {
                $0.namespace = "default"
                $0.query = filter
            },
            options: .default
        )
    }
}
