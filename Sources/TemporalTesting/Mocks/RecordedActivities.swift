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
    public static func replay(from file: URL) -> Self { Self(mode: .replay, file: file) }

    /// Opens the file.
    ///
    /// - Throws: An error if there is nothing to repeat, or it cannot be read.
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
        /// Neither of the two while the call goes on, and for one that somebody else ends.
        var result: String?
        var failure: String?
    }

    private struct State {
        var entries: [Entry] = []
        var used: Set<Int> = []
        var errors: [String] = []
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
        state = Mutex(State(entries: try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))))
    }

    /// Notes that a call has come: calls with one input are repeated in the order in which they came.
    ///
    /// - Returns: Its place, for ``end(_:_:)``; `nil` if it cannot be recorded.
    func begin(_ activity: String, _ input: [Payload]) -> Int? {
        do {
            let entry = Entry(activity: activity, input: try input.map(text))
            return state.withLock { state in
                state.entries.append(entry)
                return state.entries.count - 1
            }
        } catch {
            state.withLock { $0.errors.append("A call of activity '\(activity)' cannot be recorded: \(error)") }
            return nil
        }
    }

    /// Notes how a call was answered.
    func end(_ place: Int?, _ outcome: Result<Payload, FailureRecord>) {
        guard let place else { return }
        do {
            switch outcome {
            case .success(let payload):
                let result = try text(payload)
                state.withLock { $0.entries[place].result = result }
            case .failure(let record):
                let failure = try record.failure.jsonString(options: deterministic)
                state.withLock { $0.entries[place].failure = failure }
            }
        } catch {
            state.withLock { state in
                let activity = state.entries[place].activity
                state.errors.append("A call of activity '\(activity)' cannot be recorded: \(error)")
            }
        }
    }

    /// What came of the next call of an activity with an input; `nil` if the file has none left.
    func next(_ activity: String, _ input: [Payload]) -> Result<Payload, FailureRecord>? {
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
            if let result = entry.result { return .success(Payload(try APIPayload(jsonString: result))) }
            return .failure(FailureRecord(try APIFailure(jsonString: entry.failure ?? "{}")))
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
            return state.entries.indices.filter { !state.used.contains($0) }.map { index in
                "A recorded call of activity '\(state.entries[index].activity)' did not come."
            }
        }
    }

    /// Writes the file, if it is being recorded.
    func close() throws {
        guard !isReplay else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let ended = state.withLock(\.entries).filter { $0.result != nil || $0.failure != nil }
        try encoder.encode(ended).write(to: file, options: .atomic)
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

/// The failure of a recorded call.
struct FailureRecord: Error {
    let failure: APIFailure

    init(_ failure: APIFailure) {
        self.failure = failure
    }
}
