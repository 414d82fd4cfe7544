import SwiftProtobuf
public import Temporal
import TemporalAPI

/// What the service does to the new run of a reset before a worker sees it. Servers before 1.28 do none of it.
public struct ResetFollowUp: Sendable {
    let proto: @Sendable (PayloadConverter) throws -> APIWorkflowPostResetOperation

    /// Signals the new run.
    ///
    /// - Parameters:
    ///   - signal: The signal.
    ///   - input: Its arguments.
    public static func signal<Target, each Input: Codable & Sendable>(
        _ signal: SignalReference<Target, repeat each Input>,
        _ input: repeat each Input
    ) -> ResetFollowUp {
        .signal(named: signal.name, repeat each input)
    }

    /// Signals the new run, by a name.
    ///
    /// - Parameters:
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    public static func signal<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input
    ) -> ResetFollowUp {
        let values = (repeat each input)
        return ResetFollowUp { converter in
            let payloads = try ArgumentReader.encode(repeat each values, converter: converter)
            return .with {
                $0.signalWorkflow.signalName = name
                if !payloads.isEmpty { $0.signalWorkflow.input = APIPayloads(payloads) }
            }
        }
    }

    /// Changes options of the new run.
    ///
    /// - Parameter update: Which options, and what they become.
    public static func updateOptions(_ update: WorkflowOptionsUpdate) -> ResetFollowUp {
        ResetFollowUp { _ in
            var request = APIUpdateWorkflowExecutionOptionsRequest()
            update.write(to: &request)
            return .with {
                $0.updateWorkflowOptions.workflowExecutionOptions = request.workflowExecutionOptions
                $0.updateWorkflowOptions.updateMask = request.updateMask
            }
        }
    }
}
