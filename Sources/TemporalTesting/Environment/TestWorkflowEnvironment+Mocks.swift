public import Temporal
public import TemporalClient

/// What stands in for activities and workflows.
extension TestWorkflowEnvironment {
    /// Stands in for an activity. What it does is said by the methods of the result.
    ///
    /// - Parameters:
    ///   - activity: The activity, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock. Several mocks of one activity are tried in the order in which they were made.
    public func mock<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line
    ) -> ActivityMock<repeat each Input, Output> {
        let expectation = ActivityExpectation(name: activity.name, kind: "activity", location: "\(fileID):\(line)")
        mocks.add(expectation)
        return ActivityMock(activity, expectation)
    }

    /// Stands in for an activity with a closure.
    ///
    /// - Parameters:
    ///   - activity: The activity, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    ///   - body: What the activity is to do.
    /// - Returns: The mock.
    @discardableResult
    public func mock<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
    ) -> ActivityMock<repeat each Input, Output> {
        mock(activity, fileID: fileID, line: line).runs(body)
    }

    /// Stands in for a workflow, such as a child that is not what the test is about.
    ///
    /// - Parameters:
    ///   - workflow: The workflow, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock. Several mocks of one workflow are tried in the order in which they were made.
    public func mock<W: Workflow, each Input: Codable & Sendable>(
        _ workflow: W.Type,
        fileID: String = #fileID,
        line: Int = #line
    ) -> WorkflowMock<repeat each Input, W.RunOutput> where W.RunInputs == Inputs<repeat each Input> {
        mockWorkflow(W.definition.name, W.definition.result, "\(fileID):\(line)")
    }

    /// Stands in for a workflow that is known by name only, such as one written with another SDK.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - inputs: The types that it takes.
    ///   - output: The type that it returns.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock.
    public func mockWorkflow<each Input: Codable & Sendable, Output: Codable & Sendable>(
        named name: String,
        of inputs: repeat (each Input).Type,
        returning output: Output.Type,
        fileID: String = #fileID,
        line: Int = #line
    ) -> WorkflowMock<repeat each Input, Output> {
        mockWorkflow(name, .value(), "\(fileID):\(line)")
    }

    /// Stands in for a workflow that is known by name only and returns nothing.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - inputs: The types that it takes.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock; `returns()` ends it at once.
    public func mockWorkflow<each Input: Codable & Sendable>(
        named name: String,
        of inputs: repeat (each Input).Type,
        fileID: String = #fileID,
        line: Int = #line
    ) -> WorkflowMock<repeat each Input, Void> {
        mockWorkflow(name, .none(), "\(fileID):\(line)")
    }

    /// Stands in for a Nexus operation. What it does is said by the methods of the result.
    ///
    /// - Parameters:
    ///   - operation: The operation, registered or not. It is called at an endpoint that leads to the environment:
    ///     ``TestEnvironmentOptions/nexusEndpoints``.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock. Several mocks of one operation are tried in the order in which they were made.
    public func mock<each Input, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line
    ) -> NexusOperationMock<repeat each Input, Output> {
        let expectation = NexusExpectation(
            name: "\(operation.service)/\(operation.name)",
            kind: "Nexus operation",
            location: "\(fileID):\(line)"
        )
        mocks.add(expectation)
        return NexusOperationMock(operation, expectation, mocks)
    }

    /// Stands in for a Nexus operation with a closure.
    ///
    /// - Parameters:
    ///   - operation: The operation, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    ///   - body: What the operation is to do.
    /// - Returns: The mock.
    @discardableResult
    public func mock<each Input, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
    ) -> NexusOperationMock<repeat each Input, Output> {
        mock(operation, fileID: fileID, line: line).runs(body)
    }

    /// Stands in for an activity with its real code, and looks on: calls are counted and noted, and none is required.
    ///
    /// - Parameters:
    ///   - activity: The activity, which the environment must have been given.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock; a number of calls can be expected as of others.
    public func spy<each Input, Output>(
        on activity: ActivityReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line
    ) -> ActivityMock<repeat each Input, Output> {
        mock(activity, fileID: fileID, line: line).callsReal().atLeast(0)
    }

    /// Puts a workflow in the place of one that is not part of the test, so that it can be signalled and cancelled by its
    /// id. It runs until it is cancelled or terminated.
    ///
    /// - Parameters:
    ///   - id: The id of the workflow.
    ///   - fileID: Where the test does it.
    ///   - line: Where the test does it.
    /// - Returns: What comes to it.
    /// - Throws: As `TemporalClient.startWorkflow`.
    public func standIn(
        forWorkflow id: String,
        fileID: String = #fileID,
        line: Int = #line
    ) async throws -> WorkflowStandIn {
        let type = "StandIn \(id)"
        let mock: WorkflowMock<Void> = mockWorkflow(named: type, fileID: fileID, line: line).hangs()
        let handle = try await client.startWorkflow(
            named: type,
            options: WorkflowOptions(id: id, taskQueue: options.taskQueue)
        )
        return WorkflowStandIn(handle: handle, mock: mock)
    }

    /// The calls of activities, mocked workflows and Nexus operations so far, in their order.
    public var calls: [LoggedCall] { mocks.log.all }

    private func mockWorkflow<each Input: Codable & Sendable, Output: Sendable>(
        _ name: String,
        _ output: OutputCoding<Output>,
        _ location: String
    ) -> WorkflowMock<repeat each Input, Output> {
        let expectation = WorkflowExpectation(name: name, kind: "workflow", location: location)
        mocks.add(expectation)
        return WorkflowMock(output, expectation, mocks)
    }
}

/// A workflow that stands in for one that is not part of the test.
public struct WorkflowStandIn: Sendable {
    /// Its handle.
    public let handle: UntypedWorkflowHandle

    let mock: WorkflowMock<Void>

    /// The signals that came so far, in their order.
    public var signals: [MockedSignal] { mock.signals }

    /// How often its cancellation was requested so far.
    public var cancellationRequests: Int { mock.cancellationRequests }
}
