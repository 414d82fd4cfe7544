import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The queries that every workflow answers, under the names that the Web UI and the command line ask for.
enum BuiltInQuery: String, CaseIterable {
    /// What the run waits for.
    case stackTrace = "__stack_trace"
    /// The same with source files and lines, where a language has them.
    case enhancedStackTrace = "__enhanced_stack_trace"
    /// What the workflow answers, and how it describes its own state.
    case metadata = "__temporal_workflow_metadata"

    /// What it is for, in a line for the Web UI.
    var description: String {
        switch self {
        case .stackTrace: "What the run waits for, in the order in which it began to."
        case .enhancedStackTrace: "Not answered: Swift has no stack of a task that waits."
        case .metadata: "The messages that the workflow answers, and its current details."
        }
    }
}

extension WorkflowRun {
    /// Answers a built-in query.
    func answer(_ query: BuiltInQuery) throws -> Payload {
        switch query {
        case .stackTrace:
            return try converter.encode(whatIsWaitedFor)
        case .enhancedStackTrace:
            throw WorkflowMisuse(
                "Workflow '\(blueprint.name)' cannot answer '\(query.rawValue)': a Swift task that waits has no stack with "
                    + "files and lines. Ask for '\(BuiltInQuery.stackTrace.rawValue)', which lists what the run waits for."
            )
        case .metadata:
            var payload = Payload(encoding: "json/protobuf", data: try metadata.jsonUTF8Bytes())
            payload.metadata["messageType"] = Data(APIWorkflowMetadata.protoMessageName.utf8)
            return payload
        }
    }

    /// What the run waits for. Swift keeps no stack of a task that waits, so this stands in for one.
    private var whatIsWaitedFor: String {
        let open = openOperations.sorted { $0.key < $1.key }.map(\.value)
        var lines = open.map { "\($0.owner ?? "run") waits for \($0.label)" }
        let waiting = Set(open.compactMap(\.owner))
        lines += runningHandlers.map(\.label).filter { !waiting.contains($0) }.map { "\($0) is at work" }
        lines += unhandledSignals.map { "signal '\($0.signalName)' has no handler" }
        return lines.isEmpty ? "The run waits for nothing." : lines.joined(separator: "\n")
    }

    private var metadata: APIWorkflowMetadata {
        .with {
            $0.definition.type = info.workflowType
            $0.currentDetails = currentDetails
            for handler in handlers.handlers {
                let definition = definition(handler.name ?? "", handler.description)
                switch handler.kind {
                case .signal: $0.definition.signalDefinitions.append(definition)
                case .query: $0.definition.queryDefinitions.append(definition)
                case .update: $0.definition.updateDefinitions.append(definition)
                }
            }
            for query in BuiltInQuery.allCases where query != .enhancedStackTrace {
                $0.definition.queryDefinitions.append(definition(query.rawValue, query.description))
            }
        }
    }

    private func definition(_ name: String, _ description: String) -> APIWorkflowInteractionDefinition {
        .with {
            $0.name = name
            $0.description_p = description
        }
    }
}
