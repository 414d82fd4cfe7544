import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// The search attributes of the scenarios.
private enum Found {
    static let text = SearchAttributeKey.text("ConformanceText")
    static let keyword = SearchAttributeKey.keyword("ConformanceKeyword")
    static let int = SearchAttributeKey.int("ConformanceInt")
    static let double = SearchAttributeKey.double("ConformanceDouble")
    static let bool = SearchAttributeKey.bool("ConformanceBool")
    static let datetime = SearchAttributeKey.datetime("ConformanceDatetime")
    static let list = SearchAttributeKey.keywordList("ConformanceKeywordList")
}

/// How search attributes and memos are set, changed and handed on.
@Suite(.timeLimit(.minutes(2))) struct SearchAttributeScenarios {
    /// Starts a workflow with search attributes, as soon as the service knows them.
    private func start<W: Workflow, each Input: Codable & Sendable>(
        _ scene: Scene,
        _ type: W.Type,
        _ input: repeat each Input,
        with attributes: SearchAttributes
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        if scene.backend == .realServer { try await Backend.registration.value }
        let end = ContinuousClock.now + .seconds(20)
        while true {
            do {
                return try await scene.start(type, repeat each input) {
                    $0.searchAttributes = attributes
                    $0.memo = ["kept": "a", "dropped": "b"]
                }
            } catch let error as RPCError where error.message.contains("no mapping") && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    @Test(arguments: Backend.available)
    func `attributes of every type are set at the start and described`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Attributed.self]) { scene in
            let date = Date(timeIntervalSince1970: 1_767_323_045.25)
            let attributes: SearchAttributes = [
                Found.text.set("some words"), Found.keyword.set("key"), Found.int.set(7), Found.double.set(1.5),
                Found.bool.set(true), Found.datetime.set(date), Found.list.set(["a", "b"]),
            ]
            let handle = try await start(scene, Attributed.self, "nothing", with: attributes)
            #expect(try await handle.result() == ["key 7", "a b", "first"])
            let described = try await handle.describe().searchAttributes
            #expect(described[Found.text] == "some words")
            #expect(described[Found.keyword] == "key")
            #expect(described[Found.int] == 7)
            #expect(described[Found.double] == 1.5)
            #expect(described[Found.bool] == true)
            #expect(described[Found.datetime] == date)
            #expect(described[Found.list] == ["a", "b"])
        }
    }

    @Test(arguments: Backend.available)
    func `attributes and memo are changed and removed`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Attributed.self], configure: { $0.maximumCachedWorkflows = 0 }) {
            scene in
            let attributes: SearchAttributes = [Found.keyword.set("key"), Found.int.set(7)]
            let handle = try await start(scene, Attributed.self, "upsert", with: attributes)
            #expect(try await handle.result() == ["nil 8", "a nil new", "first"])
            let described = try await handle.describe()
            #expect(described.searchAttributes[Found.keyword] == nil)
            #expect(described.searchAttributes[Found.int] == 8)
            #expect(described.searchAttributes[Found.list] == ["x"])
            #expect(described.memo.keys.sorted() == ["added", "kept"])
            #expect(try described.memo("added") == "new")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Attributed memo [\"dropped\", \"kept\"]",
                    "WorkflowTask",
                    "UpsertWorkflowSearchAttributes ConformanceInt:Int=8 ConformanceKeyword:Keyword=null "
                        + "ConformanceKeywordList:KeywordList=[\"x\"]",
                    "WorkflowPropertiesModified added=\"new\" dropped=null",
                    "TimerStarted 1 0.001 seconds",
                    "TimerFired 1",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `the next run has the attributes and the memo as they are at the end`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Attributed.self]) { scene in
            let attributes: SearchAttributes = [Found.keyword.set("key"), Found.int.set(7)]
            let handle = try await start(scene, Attributed.self, "continue", with: attributes)
            #expect(try await handle.result() == ["nil 8", "a nil new", "continued"])
            let described = try await scene.client.workflowHandle(id: handle.id).describe()
            #expect(described.searchAttributes[Found.int] == 8)
            #expect(described.searchAttributes[Found.keyword] == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `the next run has the attributes that it is given, and no others`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Attributed.self]) { scene in
            let attributes: SearchAttributes = [Found.keyword.set("key"), Found.int.set(7), Found.bool.set(true)]
            let handle = try await start(scene, Attributed.self, "replace", with: attributes)
            #expect(try await handle.result() == ["nil 9", "a b nil", "continued"])
            let first = try await scene.run(handle).describe().searchAttributes
            #expect(first[Found.int] == 7)
            let next = try await scene.client.workflowHandle(id: handle.id).describe().searchAttributes
            #expect(next[Found.int] == 9)
            #expect(next[Found.list] == ["z"])
            #expect(next[Found.keyword] == nil)
            #expect(next[Found.bool] == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `an attribute that the namespace does not know fails the start`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let unknown: SearchAttributes = [SearchAttributeKey.int("ConformanceAbsent").set(1)]
        let error = await #expect(throws: RPCError.self) {
            try await scene.start(Attributed.self, "nothing") { $0.searchAttributes = unknown }
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message == "Namespace default has no mapping defined for search attribute ConformanceAbsent"
        )
    }

    @Test(arguments: Backend.available)
    func `an upsert of an unknown attribute fails the workflow task`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Attributed.self]) { scene in
            let handle = try await scene.start(Attributed.self, "unknown")
            try await scene.eventually {
                try await handle.history().contains { $0.type == "WorkflowTaskFailed" }
            }
            try await handle.terminate(reason: "seen")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Attributed",
                    "WorkflowTaskScheduled",
                    "WorkflowTaskStarted",
                    "WorkflowTaskFailed badSearchAttributes server",
                    "WorkflowExecutionTerminated seen by conformance",
                ]
            )
        }
    }
}

/// Changes its attributes and its memo as it is told, and tells what it sees.
@Workflow actor Attributed {
    func run(_ what: String) async throws -> [String] {
        switch what {
        case "unknown":
            try context.upsertSearchAttributes(SearchAttributeKey.int("ConformanceAbsent").set(1))
        case "upsert", "continue":
            try context.upsertSearchAttributes(
                Found.int.set((context.searchAttributes[Found.int] ?? 0) + 1),
                Found.keyword.unset(),
                Found.list.set(["x"])
            )
            try context.upsertMemo(["dropped": nil, "added": "new"])
        default:
            break
        }
        if what == "continue" { try context.continueAsNew(Attributed.self, "nothing") }
        if what == "replace" {
            try context.continueAsNew(
                Attributed.self,
                "nothing",
                options: ContinueAsNewOptions(searchAttributes: [Found.int.set(9), Found.list.set(["z"])])
            )
        }
        // A second task, which replays the first where no run is kept.
        if what != "nothing" { try await context.sleep(.milliseconds(1)) }
        let attributes = context.searchAttributes
        let seen = "\(attributes[Found.keyword] ?? "nil") \(attributes[Found.int].map { "\($0)" } ?? "nil")"
        let memo: [String?] = [
            try context.memo("kept"), try context.memo("dropped"), try context.memo("added"),
        ]
        let isContinued = context.info.continuedRunID != nil
        let list = what == "nothing" && !isContinued ? attributes[Found.list] : nil
        return [
            seen,
            list?.joined(separator: " ")
                ?? memo.enumerated().map { $0.element ?? "nil" }.joined(separator: " "),
            isContinued ? "continued" : "first",
        ]
    }
}
