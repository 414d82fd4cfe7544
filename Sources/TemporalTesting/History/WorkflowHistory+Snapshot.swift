import Foundation
import Temporal
import TemporalAPI
public import TemporalClient

extension WorkflowHistory {
    /// The history in words, one line for each event with the time since its start: the same text whenever the same
    /// happened. It leaves out run ids, event ids, identities and payloads. A workflow task that was scheduled, started and
    /// completed at one moment with nothing in between is the one line `WorkflowTask`.
    ///
    /// ```
    /// +0s WorkflowExecutionStarted Subscription
    /// +0s WorkflowTask
    /// +0s TimerStarted 1 60.0 seconds
    /// +60s TimerFired 1
    /// ```
    public func snapshot() -> String {
        guard let start = events.first?.time else { return "" }
        let lines = events.map { event in
            "+\(offset(event.time.timeIntervalSince(start))) \(HistoryText.line(of: event.proto))"
        }
        var result: [String] = []
        for line in lines {
            result.append(line)
            let last = result.suffix(3).compactMap { $0.split(separator: " ", maxSplits: 1).last }
            let times = Set(result.suffix(3).compactMap { $0.split(separator: " ").first })
            if last == ["WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"], times.count == 1 {
                result.removeLast(3)
                result.append("\(times.first ?? "") WorkflowTask")
            }
        }
        return result.joined(separator: "\n")
    }

    /// Compares the history with a snapshot.
    ///
    /// - Parameter expected: What ``snapshot()`` was when the history was as it should be.
    /// - Throws: ``HistoryMismatch`` that shows both, line by line, if it is another now.
    public func expectSnapshot(_ expected: String) throws {
        let found = snapshot().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let wanted = expected.trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        guard found != wanted else { return }
        throw HistoryMismatch("The history differs from its snapshot (- expected, + found):\n" + diff(wanted, found))
    }
}

/// A length of time in seconds, to the microsecond at most.
func offset(_ seconds: TimeInterval) -> String {
    let microseconds = Int64((seconds * 1e6).rounded())
    let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    guard rest != 0 else { return "\(whole)s" }
    var digits = String(format: "%06d", abs(rest))
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole == 0 && rest < 0 ? "-0" : "\(whole)").\(digits)s"
}

/// Two texts, line by line: what both have, what only the first has, what only the second has.
func diff(_ old: [String], _ new: [String]) -> String {
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in new.difference(from: old) {
        switch change {
        case .remove(let offset, _, _): removed.insert(offset)
        case .insert(let offset, _, _): inserted.insert(offset)
        }
    }
    var lines: [String] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
        if removed.contains(left) {
            lines.append("- " + old[left])
            left += 1
        } else if inserted.contains(right) {
            lines.append("+ " + new[right])
            right += 1
        } else {
            lines.append("  " + old[left])
            left += 1
            right += 1
        }
    }
    return lines.joined(separator: "\n")
}
