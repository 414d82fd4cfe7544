import Foundation
import SwiftProtobuf
import TemporalAPI

/// What is wrong with the specification of a schedule.
struct ScheduleProblem: Error, Equatable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// One field of a calendar: its limits, its names, and how it is written.
struct ScheduleField {
    let name: String
    let limits: ClosedRange<Int>
    let names: [String]

    static let second = ScheduleField(name: "Second", limits: 0...59, names: [])
    static let minute = ScheduleField(name: "Minute", limits: 0...59, names: [])
    static let hour = ScheduleField(name: "Hour", limits: 0...23, names: [])
    static let dayOfMonth = ScheduleField(name: "DayOfMonth", limits: 1...31, names: [])
    static let month = ScheduleField(
        name: "Month",
        limits: 1...12,
        names: [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december",
        ]
    )
    static let year = ScheduleField(name: "Year", limits: 2000...2100, names: [])
    static let dayOfWeek = ScheduleField(
        name: "DayOfWeek",
        limits: 0...7,
        names: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    )

    /// Reads a field such as `1-5/2,mon`.
    ///
    /// - Parameters:
    ///   - text: The field.
    ///   - standard: What an empty field stands for.
    func parse(_ text: String, standard: String) throws(ScheduleProblem) -> [APIRange] {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        let text = trimmed.isEmpty ? standard : trimmed
        if text == "*", isYear { return [] }
        var ranges: [APIRange] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2 else { throw ScheduleProblem("\(name) has too many slashes") }
            let step = pieces.count == 2 ? try self.step(pieces[1]) : 1
            if pieces[0] == "*" {
                ranges += withoutDay7(from: limits.lowerBound, through: limits.upperBound, step: step)
                continue
            }
            let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2 else { throw ScheduleProblem("\(name) has too many dashes") }
            let place = "not in range [\(limits.lowerBound)-\(limits.upperBound)]"
            guard let low = value(ends[0]) else {
                throw ScheduleProblem("\(name) \(ends.count == 2 ? "Start " : "")is \(place)")
            }
            var high = pieces.count == 2 ? limits.upperBound : low
            if ends.count == 2 {
                guard let end = value(ends[1]), end >= low else {
                    throw ScheduleProblem("\(name) End is before Start or \(place)")
                }
                high = end
            }
            ranges += withoutDay7(from: low, through: high, step: step)
        }
        return ranges
    }

    private func step(_ text: Substring) throws(ScheduleProblem) -> Int {
        guard !text.isEmpty else { throw ScheduleProblem("\(name) missing step value") }
        guard let step = Int(text) else {
            throw ScheduleProblem("strconv.Atoi: parsing \"\(text)\": invalid syntax")
        }
        guard step > 0 else { throw ScheduleProblem("\(name) has invalid Step") }
        return step
    }

    /// Makes ranges of a structured calendar canonical, in which Sunday is day 0 only.
    ///
    /// - Parameters:
    ///   - ranges: The ranges.
    ///   - problems: What is wrong with them is added here, in the server's words.
    func canonical(_ ranges: [APIRange], _ problems: inout [String]) -> [APIRange] {
        let last = lastOfAll
        return ranges.map { given in
            if given.start < limits.lowerBound || given.start > last {
                problems.append("\(name) Start is not in range [\(limits.lowerBound)-\(last)]")
            }
            if given.end != 0, given.end < given.start || given.end > last {
                problems.append("\(name) End is before Start or not in range [\(limits.lowerBound)-\(last)]")
            }
            if given.step < 0 { problems.append("\(name) has invalid Step") }
            return range(Int(given.start), Int(max(given.start, given.end)), given.step == 0 ? 1 : Int(given.step))
        }
    }

    private var isYear: Bool { name == "Year" }

    /// The end of `*`: Sunday is day 0, and 7 only another name of it.
    private var lastOfAll: Int { name == "DayOfWeek" ? 6 : limits.upperBound }

    private func range(_ start: Int, _ end: Int, _ step: Int) -> APIRange {
        .with {
            $0.start = Int32(start)
            $0.end = Int32(end)
            // A longer step than any range has no other meaning than the longest.
            $0.step = Int32(clamping: step)
        }
    }

    /// A range in which Sunday is never day 7. As on the server, the day is lost where it would be one of `1-7`.
    private func withoutDay7(from low: Int, through high: Int, step: Int) -> [APIRange] {
        guard high > lastOfAll else { return [range(low, high, step)] }
        let splitsSunday = (high - low) % step == 0 && (step > 1 || low > 1)
        let sunday = splitsSunday ? [range(0, 0, 1)] : []
        return low == high ? sunday : sunday + [range(low, lastOfAll, step)]
    }

    private func value(_ text: Substring) -> Int? {
        let word = text.lowercased()
        if word.utf8.count >= shortestName, let index = names.firstIndex(where: { $0.hasPrefix(word) }) {
            return index + limits.lowerBound
        }
        guard let number = Int(word), limits.contains(number) else { return nil }
        return number
    }

    /// How many letters of a name are enough.
    private var shortestName: Int { name == "DayOfWeek" ? 2 : 3 }
}
