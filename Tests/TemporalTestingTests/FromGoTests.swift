import Foundation
import Testing

/// The tables of what Go's SDK and its test suite have.
@Suite struct FromGoTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// A row of the table.
    private struct Row {
        /// The type and the method of Go.
        var name: String
        /// The type and the member here; empty if there is none.
        var counterpart: String
        var remark: String
    }

    @Test func `the guide has the public names of the commit that is read, once, and no others`() throws {
        let names = try String(contentsOf: root.appending(path: "Tests/FromGo/names.txt"), encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        #expect(names.count == 130)
        let rows = try rows().map(\.name)
        #expect(Set(rows).count == rows.count)
        #expect(Set(names).subtracting(rows) == [])
        #expect(Set(rows).subtracting(names) == [])
    }

    @Test func `each public name of Go's test suite has a counterpart that is there, or a reason why not`() throws {
        let sources = try sources()
        for row in try rows() {
            guard !row.counterpart.isEmpty else {
                #expect(row.remark.hasPrefix("No: "), "\(row.name) has neither a counterpart nor a reason.")
                continue
            }
            try check(row.counterpart, sources)
        }
    }

    /// The rows of the tables, each with the type that its section is about.
    private func rows() throws -> [Row] {
        let page = try String(
            contentsOf: root.appending(path: "Sources/TemporalTesting/TemporalTesting.docc/FromGo.md"),
            encoding: .utf8
        )
        return try page.split(separator: "\n## ").dropFirst().flatMap { section in
            let type = try #require(section.firstMatch(of: /`(\w+)`/)).1
            return try section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
                let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "") }
                try #require(cells.count >= 5, "\(row)")
                return Row(name: "\(type).\(cells[1])", counterpart: cells[2], remark: cells[3])
            }
        }
    }

    /// The public functions of Go's packages, without those for options of search attributes and older ways of versioning.
    static let packages = [
        "workflow": """
        AllHandlersFinished Await AwaitWithOptions AwaitWithTimeout CompleteSession CreateSession
        DataConverterWithoutDeadlockDetection DeterministicKeys DeterministicKeysFunc ExecuteActivity ExecuteChildWorkflow
        ExecuteLocalActivity GetActivityOptions GetChildWorkflowOptions GetCurrentDetails GetCurrentUpdateInfo GetInfo GetLastCompletionResult
        GetLastError GetLocalActivityOptions GetLogger GetMetricsHandler GetRandomStream GetSessionInfo GetSignalChannel
        GetSignalChannelWithOptions GetTypedSearchAttributes GetUnhandledSignalNames GetVersion Go GoNamed
        HasLastCompletionResult IsContinueAsNewError IsReadOnly IsReplaying MutableSideEffect MutableSideEffectWithOptions
        NewBufferedChannel NewChannel NewContinueAsNewError NewContinueAsNewErrorWithOptions NewDisconnectedContext NewFuture
        NewMutex NewNamedBufferedChannel NewNamedChannel NewNamedSelector NewNexusClient NewSelector NewSemaphore NewTimer
        NewTimerWithOptions NewWaitGroup Now RecreateSession RequestCancelExternalWorkflow SetCurrentDetails SetQueryHandler
        SetQueryHandlerWithOptions SetUpdateHandler SetUpdateHandlerWithOptions SideEffect SideEffectWithOptions
        SignalExternalWorkflow Sleep UpsertMemo UpsertSearchAttributes UpsertTypedSearchAttributes WithActivityOptions WithCancel
        WithChildOptions WithDataConverter WithHeartbeatTimeout WithLocalActivityOptions WithPriority WithRetryPolicy
        WithScheduleToCloseTimeout WithScheduleToStartTimeout WithStartToCloseTimeout WithTaskQueue WithValue
        WithWaitForCancellation WithWorkflowID WithWorkflowNamespace WithWorkflowPriority WithWorkflowRunTimeout
        WithWorkflowTaskQueue WithWorkflowTaskTimeout WithWorkflowVersioningIntent
        """,
        "activity": """
        ErrResultPending GetClient GetHeartbeatDetails GetInfo GetLogger GetMetricsHandler GetWorkerStopChannel
        HasHeartbeatDetails IsActivity RecordHeartbeat
        """,
        "client": """
        CancelWorkflow CancelWorkflowWithOptions CheckHealth Close CompleteActivity CompleteActivityByActivityID
        CompleteActivityByActivityIDWithOptions CompleteActivityByID CompleteActivityByIDWithOptions CompleteActivityWithOptions
        CountActivities CountNexusOperations CountWorkflow DeploymentClient DescribeTaskQueue DescribeTaskQueueEnhanced
        DescribeWorkflow DescribeWorkflowExecution Dial DialContext ExecuteActivity ExecuteWorkflow GetActivityHandle
        GetNexusOperationHandle GetSearchAttributes GetWorkerBuildIdCompatibility GetWorkerTaskReachability
        GetWorkerVersioningRules GetWorkflow GetWorkflowHistory GetWorkflowUpdateHandle HistoryFromJSON ListActivities
        ListArchivedWorkflow ListClosedWorkflow ListNexusOperations ListOpenWorkflow ListWorkflow NewAPIKeyDynamicCredentials
        NewAPIKeyStaticCredentials NewClient NewClientFromExisting NewClientFromExistingWithContext NewLazyClient
        NewMTLSCredentials NewNamespaceClient NewNexusClient NewWithStartWorkflowOperation OperatorService QueryWorkflow
        QueryWorkflowWithOptions RecordActivityHeartbeat RecordActivityHeartbeatByID RecordActivityHeartbeatByIDWithOptions
        RecordActivityHeartbeatWithOptions ResetWorkflowExecution ScanWorkflow ScheduleClient SignalWithStartWorkflow
        SignalWorkflow TerminateWorkflow TerminateWorkflowWithOptions UpdateWithStartWorkflow UpdateWorkerBuildIdCompatibility
        UpdateWorkerVersioningRules UpdateWorkflow UpdateWorkflowExecutionOptions WorkerDeploymentClient WorkflowService
        """,
        "worker": """
        DefaultActivityResourceBasedSlotSupplierOptions DefaultResourceControllerOptions
        DefaultWorkflowResourceBasedSlotSupplierOptions EnableVerboseLogging InterruptCh New NewCompositeTuner
        NewFixedSizeSlotSupplier NewFixedSizeTuner NewPollerBehaviorAutoscaling NewPollerBehaviorSimpleMaximum
        NewResourceBasedSlotSupplier NewResourceBasedTuner NewResourceController NewWorkflowReplayer
        NewWorkflowReplayerWithOptions PreferredVersionProvider PurgeStickyWorkflowCache SetBinaryChecksum
        SetStickyWorkflowCacheSize WorkflowPanicPolicy
        """,
        "temporal": """
        GetDefaultFailureConverter IsApplicationError IsCanceledError IsPanicError IsTerminatedError IsTimeoutError
        IsWorkflowExecutionAlreadyStartedError NewApplicationError NewApplicationErrorWithCause NewApplicationErrorWithOptions
        NewCanceledError NewCanceledErrorWithOptions NewDefaultFailureConverter NewHeartbeatTimeoutError
        NewNonRetryableApplicationError NewPayloadValidationError NewSearchAttributeKeyBool NewSearchAttributeKeyFloat64
        NewSearchAttributeKeyInt64 NewSearchAttributeKeyKeyword NewSearchAttributeKeyKeywordList NewSearchAttributeKeyString
        NewSearchAttributeKeyTime NewSearchAttributes NewSimplePlugin NewTimeoutError
        """,
    ]

    @Test(arguments: packages.keys.sorted())
    func `every function of a package of Go's SDK has a counterpart, or a reason why not`(_ package: String) throws {
        let page = try String(
            contentsOf: root.appending(path: "Sources/Temporal/Temporal.docc/ComingFromGo.md"),
            encoding: .utf8
        )
        let sources = try sources()
        let section = try #require(page.split(separator: "\n## ").first { $0.prefix(60).contains("`\(package)`") })
        var names: [String] = []
        for row in section.split(separator: "\n").filter({ $0.hasPrefix("| `") }) {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count >= 5, "\(row)")
            names += cells[1].replacing("`", with: "").split(separator: ", ").map(String.init)
            let counterpart = cells[2].replacing("`", with: "")
            if counterpart.isEmpty {
                #expect(cells[3].hasPrefix("No: ") || cells[3].hasPrefix("Swift: "), "\(cells[1]) has no reason.")
            } else if counterpart.hasPrefix("@") {
                #expect(sources.contains { $0.contains("public macro \(counterpart.dropFirst())(") }, "\(counterpart)")
            } else {
                try check(counterpart, sources)
            }
        }
        let known = try #require(Self.packages[package]).split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(names.sorted() == known.sorted())
    }

    /// A counterpart is a public member of a public type here.
    private func check(_ counterpart: String, _ sources: [String]) throws {
        let parts = counterpart.split(separator: ".")
        try #require(parts.count == 2, "\(counterpart)")
        let declares = try Regex(#"(?m)^public (final )?(struct|class|protocol|enum|actor) \#(parts[0])\b"#)
        #expect(sources.contains { $0.contains(declares) }, "\(parts[0]) is no public type here.")
        // A member stands where its type is declared or extended.
        let concerns = try Regex(
            #"(?m)^(extension|public (final )?(struct|class|protocol|enum|actor)) \#(parts[0])\b"#
        )
        let member = parts[1] == "init" ? #"(convenience )?init[(<]"# : #"(static )?(func|var|let) \#(parts[1])\b"#
        let has = try Regex(#"(?m)^ +public ((private|internal)\(set\) )?\#(member)"#)
        #expect(
            sources.contains { $0.contains(concerns) && $0.contains(has) },
            "\(counterpart) is not there."
        )
    }

    private func sources() throws -> [String] {
        let files = try #require(
            FileManager.default.enumerator(at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        )
        var sources: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" && !file.path.contains("/Generated/") {
            sources.append(try String(contentsOf: file, encoding: .utf8))
        }
        return sources
    }
}
