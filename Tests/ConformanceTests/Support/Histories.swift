import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Compares the history of a run with the one that a real server writes.
///
/// - Parameters:
///   - handle: The run.
///   - mergesTasks: Whether several `WorkflowTask` in a row are one: how many there are depends on time.
///   - expected: One line for each event, without ids and times that differ from run to run. A workflow task that was
///     scheduled, started and completed with nothing in between is the one line `WorkflowTask`.
///   - part: The lines to compare, of both: all but those whose order is up to chance.
func expectHistory<W: Workflow>(
    _ handle: WorkflowHandle<W>,
    _ expected: [String],
    of part: (([String]) -> [String])? = nil,
    mergesTasks: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let events = try await handle.history().proto.events
    #expect(throws: Never.self, sourceLocation: sourceLocation) { try HistoryValidator.validate(events) }
    Differential.note(
        events,
        // Where the order or the number of events is up to chance, only what is expected is compared.
        isSkipped: part != nil || mergesTasks || AllowedDifferences.concern(events),
        sourceLocation: sourceLocation
    )
    let part = part ?? { $0 }
    var lines = AllowedDifferences.normalised(HistoryText.lines(of: events))
    if mergesTasks {
        lines = lines.reduce(into: []) { if $1 != "WorkflowTask" || $0.last != $1 { $0.append($1) } }
    }
    guard part(lines) != part(expected) else { return }
    let found = lines.map { "    \"\($0)\"," }.joined(separator: "\n")
    Issue.record("The history differs. It is:\n\(found)", sourceLocation: sourceLocation)
}
