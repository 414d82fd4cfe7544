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
        let text = text.isEmpty ? standard : text
        if text == "*" || text == "?" { return isYear ? [] : [range(limits.lowerBound, lastOfAll, 1)] }
        var ranges: [APIRange] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            var step = 1
            if pieces.count == 2 {
                guard let given = Int(pieces[1]), given > 0 else {
                    throw ScheduleProblem("\(name) has invalid Step")
                }
                step = given
            } else if pieces.count > 2 {
                throw ScheduleProblem("\(name) has too many slashes")
            }
            if pieces[0] == "*" || pieces[0] == "?" {
                ranges.append(range(limits.lowerBound, lastOfAll, step))
                continue
            }
            let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2 else { throw ScheduleProblem("\(name) has too many dashes") }
            let low = try value(ends[0])
            let high = ends.count == 2 ? try value(ends[1]) : pieces.count == 2 ? lastOfAll : low
            guard low <= high else { throw ScheduleProblem("\(name) has invalid Range: \(pieces[0])") }
            ranges.append(contentsOf: sundays(range(low, high, step)))
        }
        return ranges
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
            return range(Int(given.start), Int(given.end == 0 ? given.start : given.end), max(1, Int(given.step)))
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

    /// Splits a Sunday off that is written as day 7.
    private func sundays(_ given: APIRange) -> [APIRange] {
        guard name == "DayOfWeek", given.end == 7 else { return [given] }
        let includesSunday = (7 - given.start) % given.step == 0
        var ranges: [APIRange] = includesSunday ? [range(0, 0, 1)] : []
        if given.start < 7 { ranges.append(range(Int(given.start), 6, Int(given.step))) }
        return ranges
    }

    private func value(_ text: Substring) throws(ScheduleProblem) -> Int {
        let word = text.lowercased()
        if word.utf8.count >= 3, let index = names.firstIndex(where: { $0.hasPrefix(word) }) {
            return index + (name == "Month" ? 1 : 0)
        }
        guard let number = Int(word), limits.contains(number) else {
            throw ScheduleProblem("\(name) is not in range [\(limits.lowerBound)-\(limits.upperBound)]")
        }
        return number
    }
}
