import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing

/// Compares the histories of the two services event by event and field by field, wherever a scenario looks at one: what
/// scenarios expect is written down, and this finds what nobody thought of.
///
/// Of times only whether they are there counts, made-up names count as the same word, and what ``AllowedDifferences/fields``
/// names is left out.
enum Differential {
    private struct Key: Hashable {
        var test: String
        var line: String
        /// Which of several histories that the line has looked at.
        var number: Int
    }

    private struct State {
        var counts: [String: Int] = [:]
        var histories: [Key: [[String]]] = [:]
        var compared = 0
        var different = 0
        var skipped = 0
    }

    /// How many histories may be left out of the comparison, as the order of their events or how many there are is up to
    /// chance. Whoever writes a scenario of that kind raises it, and says why there.
    private static let skippedLimit = 12

    private static let state = Mutex(State())

    /// Whether a difference fails the test. With `TEMPORAL_DIFFERENTIAL=print` it is only printed, for a server of another
    /// version than the one that the service in memory is measured by.
    private static let isStrict = ProcessInfo.processInfo.environment["TEMPORAL_DIFFERENTIAL"] != "print"

    /// Says at the end how many histories were compared, and how many were not.
    private static let summary: Void = {
        atexit {
            let (state, limit) = (Differential.state.withLock { $0 }, Differential.skippedLimit)
            print(
                "Differential conformance: \(state.compared) histories compared, \(state.different) differ, "
                    + "\(state.skipped) skipped, \(state.histories.count) seen on one service only."
            )
            for line in Set(state.histories.keys.map { "    on one service only: \($0.line)" }).sorted() { print(line) }
            guard Differential.isStrict, state.skipped > limit else { return }
            print("FAILED: more than \(limit) histories were skipped; see Differential.swift.")
            fflush(nil)
            _exit(1)
        }
    }()

    /// Takes the history that a scenario looks at, and compares it with that of the other service once there is one.
    ///
    /// - Parameters:
    ///   - events: The history.
    ///   - isSkipped: Whether it is counted only, as it may differ for a reason.
    ///   - sourceLocation: Where the scenario looks at it.
    static func note(
        _ events: [APIHistoryEvent],
        isSkipped: Bool,
        sourceLocation: SourceLocation
    ) {
        guard Backend.available.count > 1, let backend = Backend.current, let test = Test.current?.id else { return }
        _ = summary
        let line = "\(sourceLocation.fileID):\(sourceLocation.line)"
        guard !isSkipped else {
            if backend == .realServer { state.withLock { $0.skipped += 1 } }
            return print("Differential conformance: \(line) is not compared.")
        }
        let lines = AllowedDifferences.withOneFormOfHandlerErrors(
            AllowedDifferences.withNewRetryStates(
                events.map { fields(of: AllowedDifferences.withoutCallbackLinks($0)) }
            )
        )
        let number = state.withLock { state in
            state.counts["\(test) \(line) \(backend)", default: 0] += 1
            return state.counts["\(test) \(line) \(backend)", default: 0]
        }
        if number > 1, !isInOrder {
            Issue.record(
                "The cases of this test run at once, so that histories of different cases could be compared: make it .serialized.",
                sourceLocation: sourceLocation
            )
        }
        let key = Key(test: "\(test)", line: line, number: number)
        let other = state.withLock { state -> [[String]]? in
            guard let other = state.histories.removeValue(forKey: key) else {
                state.histories[key] = lines
                return nil
            }
            state.compared += 1
            if other != lines { state.different += 1 }
            return other
        }
        guard let other, other != lines else { return }
        let (memory, real) = backend == .inMemory ? (lines, other) : (other, lines)
        let text = "The histories of the two services differ:\n\(differences(memory, real).joined(separator: "\n"))"
        if isStrict {
            Issue.record("\(text)", sourceLocation: sourceLocation)
        } else {
            print("\(line): \(text)")
        }
    }

    /// Whether the histories that the test looks at come in the same order for both services: with the service as the only
    /// parameter they do, with more if its cases run one after the other.
    private static var isInOrder: Bool {
        guard let test = Test.current else { return true }
        return test.name.count { $0 == ":" } < 2 || test.traits.contains { $0 is ParallelizationTrait }
    }

    private static func differences(_ memory: [[String]], _ real: [[String]]) -> [String] {
        guard memory.count == real.count else {
            return ["in memory \(memory.count) events, on the server \(real.count)"]
        }
        return zip(memory, real).enumerated().flatMap { index, events -> [String] in
            let (memory, real) = (Set(events.0), Set(events.1))
            guard memory != real else { return [] }
            return ["event \(index + 1), \(events.0.first ?? "")"]
                + memory.subtracting(real).sorted().map { "  in memory:     \($0)" }
                + real.subtracting(memory).sorted().map { "  on the server: \($0)" }
        }
    }

    /// What an event says, a line for each field, its type first.
    private static func fields(of event: APIHistoryEvent) -> [String] {
        guard let json = try? event.jsonUTF8Data(),
            let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any]
        else { return ["unreadable"] }
        let type = object["eventType"] as? String ?? "?"
        var lines: [String] = []
        for (name, value) in object where name != "eventType" {
            if name.hasSuffix("EventAttributes") {
                flatten(value, type, &lines)
            } else {
                flatten([name: value], type, &lines)
            }
        }
        return [type] + lines.sorted()
    }

    private static func flatten(_ value: Any, _ path: String, _ lines: inout [String]) {
        switch value {
        case let object as [String: Any]:
            for (name, value) in object where !isLeftOut(name, in: path) { flatten(value, "\(path).\(name)", &lines) }
        case let list as [Any]:
            for (index, value) in list.enumerated() { flatten(value, "\(path)[\(index)]", &lines) }
        case _ as String where path.hasSuffix("Time"):
            lines.append("\(path) = (moment)")
        case let text as String:
            lines.append("\(path) = \(withoutRandomNames(text, isEncoded: isEncoded(path)))")
        default:
            lines.append("\(path) = \(value)")
        }
    }

    /// Whether a field holds text in Base64: payloads, and the tokens of Nexus operations.
    private static func isEncoded(_ path: String) -> Bool {
        path.hasSuffix(".data") || path.hasSuffix(".operationToken") || path.hasSuffix(".operationId")
    }

    /// A text with the same word for all the names that scenarios make up, since those differ from run to run.
    private static func withoutRandomNames(_ text: String, isEncoded: Bool) -> String {
        var text = text
        if isEncoded {
            var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
            while !base64.count.isMultiple(of: 4) { base64 += "=" }
            let decoded = Data(base64Encoded: base64).flatMap { String(data: $0, encoding: .utf8) }
            text = decoded ?? text
        }
        let identifier = "[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}"
        // The markers of local activities hold moments of the worker's clock.
        let moment = #""(complete_time|original_schedule_time)":\{[^}]*\}"#
        return text.replacingOccurrences(of: identifier, with: "(random)", options: .regularExpression)
            .replacingOccurrences(of: moment, with: "(moment)", options: .regularExpression)
            // What the handler of a Nexus operation says of the time that is left.
            .replacingOccurrences(of: #"^"blue \d+ms"$"#, with: "(length)", options: .regularExpression)
    }

    private static func isLeftOut(_ name: String, in path: String) -> Bool {
        AllowedDifferences.fields.contains { field in
            field.path.isEmpty ? field.name == name : "\(path).\(name)" == "\(field.path).\(field.name)"
        }
    }
}
