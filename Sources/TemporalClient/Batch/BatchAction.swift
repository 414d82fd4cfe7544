import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// What a ``PointwiseBatch`` does to one workflow run.
public struct BatchAction: Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        case skip
        case signal(String, @Sendable (PayloadConverter) throws -> [Payload])
        case cancel
        case terminate
        case delete
        case updateOptions(WorkflowOptionsUpdate)
        case reset(ResetRule, [ResetReapplyExclusion])
    }

    let kind: Kind

    /// What is done, for humans.
    public let description: String

    /// Nothing.
    ///
    /// - Parameter reason: Why not.
    public static func skip(_ reason: String) -> BatchAction {
        BatchAction(kind: .skip, description: reason)
    }

    /// The run is signalled.
    ///
    /// - Parameters:
    ///   - signal: The signal.
    ///   - input: Its arguments.
    public static func signal<Target, each Input: Codable & Sendable>(
        _ signal: SignalReference<Target, repeat each Input>,
        _ input: repeat each Input
    ) -> BatchAction {
        .signal(named: signal.name, repeat each input)
    }

    /// The run is signalled, by a name.
    ///
    /// - Parameters:
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    public static func signal<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input
    ) -> BatchAction {
        let values = (repeat each input)
        return BatchAction(
            kind: .signal(name) { try ArgumentReader.encode(repeat each values, converter: $0) },
            description: "signal '\(name)'"
        )
    }

    /// The run is asked to stop.
    public static let cancel = BatchAction(kind: .cancel, description: "cancel")

    /// The run is ended at once.
    public static let terminate = BatchAction(kind: .terminate, description: "terminate")

    /// The run is deleted with its history.
    public static let delete = BatchAction(kind: .delete, description: "delete")

    /// Options of the run are changed.
    ///
    /// - Parameter update: Which options, and what they become.
    public static func updateOptions(_ update: WorkflowOptionsUpdate) -> BatchAction {
        var request = APIUpdateWorkflowExecutionOptionsRequest()
        update.write(to: &request)
        let names = request.updateMask.paths.joined(separator: ", ")
        return BatchAction(kind: .updateOptions(update), description: "update options \(names)")
    }

    /// The run is taken up again at an earlier point of its history.
    ///
    /// An operation that was cut off before the new run had its signals sends them when it runs again, if the new run is given
    /// this action, too.
    ///
    /// - Parameters:
    ///   - rule: Where.
    ///   - exclusions: What of the later events is not given to the new run. Default: signals, which the rules send again
    ///     as they see fit.
    public static func reset(
        _ rule: ResetRule,
        excludingFromReapply exclusions: [ResetReapplyExclusion] = [.signals]
    ) -> BatchAction {
        BatchAction(kind: .reset(rule, exclusions), description: "reset")
    }
}
