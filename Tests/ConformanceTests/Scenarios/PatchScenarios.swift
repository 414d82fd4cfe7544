import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// What patches leave in the history.
@Suite(.timeLimit(.minutes(1))) struct PatchScenarios {
    @Test(arguments: Backend.available)
    func `patches are markers, and a list that workflows are found by`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [WithPatches.self], configure: { $0.maximumCachedWorkflows = 0 }) {
            scene in
            let handle = try await scene.start(WithPatches.self)
            #expect(try await handle.result() == "second first")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted WithPatches",
                    "WorkflowTask",
                    "MarkerRecorded core_patch id second deprecated false",
                    "UpsertWorkflowSearchAttributes TemporalChangeVersion:KeywordList=[\"second\"]",
                    "TimerStarted 1 0.001 seconds",
                    "TimerFired 1",
                    "WorkflowTask",
                    "MarkerRecorded core_patch id first deprecated true",
                    "UpsertWorkflowSearchAttributes TemporalChangeVersion:KeywordList=[\"first\",\"second\"]",
                    "WorkflowExecutionCompleted",
                ]
            )
            let list = SearchAttributeKey.keywordList("TemporalChangeVersion")
            #expect(try await handle.describe().searchAttributes[list] == ["first", "second"])
        }
    }
}

/// Has two patches, one of them deprecated.
@Workflow actor WithPatches {
    func run() async throws -> String {
        let second = context.patched("second") ? "second" : ""
        try await context.sleep(.milliseconds(1))
        context.deprecatePatch("first")
        return "\(second) \(context.patched("first") ? "first" : "")"
    }
}
