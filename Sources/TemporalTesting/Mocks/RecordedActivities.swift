public import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// A file of calls of activities and what came of them: made once with the real activities, and repeated without them.
public struct RecordedActivities: Sendable {
    private enum Mode {
        case record
        case replay
    }

    private let mode: Mode
    private let file: URL

    /// Runs the activities, real or mocked, and writes what came of each call to a file at the end of a test that passes. A
    /// test that fails leaves the file as it was.
    public static func record(to file: URL) -> Self { Self(mode: .record, file: file) }

    /// Answers each call as it was answered when the file was recorded: the calls of one activity with one input in their
    /// order. A call that the file does not have, and one that does not come, fail the test. Mocks answer nothing, and count
    /// the calls that they would take.
    ///
    /// In memory a call takes as long as it took then, on the environment's clock, or until it is cancelled; meanwhile it
    /// reports that it is alive, without the details of its heartbeats, which are not recorded. One that was left open, for
    /// others to complete or for a timeout, stays open.
    public static func replay(from file: URL) -> Self { Self(mode: .replay, file: file) }

    /// Opens the file.
    ///
    /// - Throws: ``NoRecording`` if there is nothing to repeat, or it cannot be read.
    func open() throws -> ActivityRecording {
        switch mode {
        case .record: ActivityRecording(writingTo: file)
        case .replay: try ActivityRecording(readingFrom: file)
        }
    }
}

/// The calls of a ``RecordedActivities`` file.
final class ActivityRecording: Sendable {
    private struct Entry: Codable {
        var activity: String
        var input: [String]
        /// Neither of the two while the call goes on, and for one that has no answer.
        var result: String?
        var failure: String?
        /// Whether the call was left open; missing if not.
        var isOpen: Bool?
        /// Whether the call went on when the test ended, so that it need not come; missing if not.
        var isCutOff: Bool?
        /// How long it took on the environment's clock; missing if it took no time.
        var nanoseconds: Int64?
    }

    private struct State {
        var entries: [Entry] = []
        var used: Set<Int> = []
        var errors: [String] = []
        /// Whether the test is over.
        var isOver = false
    }

    /// Whether calls are answered from the file.
    let isReplay: Bool

    private let file: URL
    private let state: Mutex<State>

    init(writingTo file: URL) {
        self.file = file
        isReplay = false
        state = Mutex(State())
    }

    init(readingFrom file: URL) throws {
        self.file = file
        isReplay = true
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            throw NoRecording(file, "cannot be read: \(error)")
        }
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: data)
        } catch {
            throw NoRecording(file, "is no recording of activities: \(error)")
        }
        for (index, entry) in entries.enumerated() {
            let ends = [entry.result != nil, entry.failure != nil, entry.isOpen == true, entry.isCutOff == true]
                .count { $0 }
            guard ends != 1 else { continue }
            throw NoRecording(
                file,
                "is no recording of activities: its call \(index + 1), of '\(entry.activity)', has "
                    + (ends == 0 ? "neither a result nor a failure, nor is it open" : "more than one end")
            )
        }
        state = Mutex(State(entries: entries))
    }

    /// Notes that a call has come: calls with one input are repeated in the order in which they came.
    ///
    /// - Returns: Its place, for ``end(_:_:)``; `nil` if it cannot be recorded.
    func begin(_ activity: String, _ input: [Payload]) -> Int? {
        do {
            let entry = Entry(activity: activity, input: try input.map(text))
            return state.withLock { state in
                guard !state.isOver else { return nil }
                state.entries.append(entry)
                return state.entries.count - 1
            }
        } catch {
            state.withLock { $0.errors.append("A call of activity '\(activity)' cannot be recorded: \(error)") }
            return nil
        }
    }

    /// Notes how a call ended.
    ///
    /// - Parameters:
    ///   - place: The place of the call.
    ///   - end: How it ended.
    ///   - nanoseconds: After how long, on the environment's clock.
    func end(_ place: Int?, _ end: RecordedCall.End, afterNanoseconds nanoseconds: Int64) {
        guard let place else { return }
        do {
            var ended = Entry(activity: "", input: [])
            switch end {
            case .result(let payload): ended.result = try text(payload)
            case .failure(let proto): ended.failure = try proto.jsonString(options: deterministic)
            case .open: ended.isOpen = true
            }
            state.withLock { [ended] state in
                if nanoseconds > 0 { state.entries[place].nanoseconds = nanoseconds }
                guard !state.isOver else { return }
                state.entries[place].result = ended.result
                state.entries[place].failure = ended.failure
                state.entries[place].isOpen = ended.isOpen
            }
        } catch {
            state.withLock { state in
                let activity = state.entries[place].activity
                state.errors.append("A call of activity '\(activity)' cannot be recorded: \(error)")
            }
        }
    }

    /// Notes that the test is over: what goes on now was open as far as the test could see.
    func cutOffCalls() {
        state.withLock { $0.isOver = true }
    }

    /// What came of the next call of an activity with an input; `nil` if the file has none left.
    func next(_ activity: String, _ input: [Payload]) -> RecordedCall? {
        do {
            let input = try input.map(text)
            let entry = state.withLock { state -> Entry? in
                let index = state.entries.indices.first { index in
                    !state.used.contains(index) && state.entries[index].activity == activity
                        && state.entries[index].input == input
                }
                guard let index else { return nil }
                state.used.insert(index)
                return state.entries[index]
            }
            guard let entry else { return nil }
            let end: RecordedCall.End
            if let result = entry.result {
                end = .result(Payload(try APIPayload(jsonString: result)))
            } else if let failure = entry.failure {
                end = .failure(try APIFailure(jsonString: failure))
            } else {
                end = .open
            }
            return RecordedCall(end: end, duration: .nanoseconds(entry.nanoseconds ?? 0))
        } catch {
            state.withLock { $0.errors.append("A recorded call of activity '\(activity)' cannot be read: \(error)") }
            return nil
        }
    }

    /// What could not be written or read.
    var errors: [String] { state.withLock(\.errors) }

    /// The recorded calls that have not come by now, in words.
    var missing: [String] {
        state.withLock { state in
            guard isReplay else { return [] }
            let missing = state.entries.indices.filter { index in
                !state.used.contains(index) && state.entries[index].isCutOff != true
            }
            return missing.map { "A recorded call of activity '\(state.entries[$0].activity)' did not come." }
        }
    }

    /// Writes the file, if it is being recorded.
    func close() throws {
        guard !isReplay else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var entries = state.withLock(\.entries)
        for (index, entry) in entries.enumerated()
        where entry.result == nil && entry.failure == nil && entry.isOpen == nil { entries[index].isCutOff = true }
        try encoder.encode(entries).write(to: file, options: .atomic)
    }

    // What is equal has to read equal.
    private let deterministic: JSONEncodingOptions = {
        var options = JSONEncodingOptions()
        options.useDeterministicOrdering = true
        return options
    }()

    private func text(_ payload: Payload) throws -> String {
        try payload.proto.jsonString(options: deterministic)
    }
}

/// What came of a recorded call.
struct RecordedCall {
    /// How a call ends.
    enum End {
        case result(Payload)
        case failure(APIFailure)
        /// It was left to others or to a timeout.
        case open

        /// Whether it answers its caller.
        var isAnswer: Bool { if case .open = self { false } else { true } }
    }

    /// How it ended.
    let end: End

    /// How long it took, on the environment's clock.
    let duration: Duration
}

/// A file that is to be repeated, and cannot be.
struct NoRecording: Error, CustomStringConvertible {
    let description: String

    /// - Parameters:
    ///   - file: The file.
    ///   - problem: What is wrong with it: the end of a sentence.
    init(_ file: URL, _ problem: String) {
        description =
            "The file '\(file.path(percentEncoded: false))' \(problem). Record it with RecordedActivities.record(to:), in a test that "
            + "passes."
    }
}

extension ActivityContext {
    /// Whether nobody waits for the attempt any more, so that its end is not heard.
    var isGivenUp: Bool {
        switch cancellationReason {
        case .timedOut?, .notFound?, .heartbeatFailed?: true
        // A local attempt that has timed out is cancelled without a reason.
        case nil: Task.isCancelled
        default: false
        }
    }
}
