import Foundation
import SwiftProtobuf
import TemporalAPI

extension APIScheduleSpec {
    /// The specification as the server keeps it: everything but intervals is a structured calendar.
    ///
    /// - Throws: ``ScheduleProblem`` with the server's words.
    func canonical() throws(ScheduleProblem) -> APIScheduleSpec {
        var spec = self
        spec.cronString = []
        spec.calendar = []
        spec.excludeCalendar = []
        for calendar in calendar { spec.structuredCalendar.append(try calendar.structured()) }
        for calendar in excludeCalendar { spec.excludeStructuredCalendar.append(try calendar.structured()) }
        try spec.add(cron: cronString)
        for index in spec.structuredCalendar.indices { try spec.structuredCalendar[index].makeCanonical() }
        for index in spec.excludeStructuredCalendar.indices {
            // Nobody checks what is excluded: what no time has excludes none.
            _ = spec.excludeStructuredCalendar[index].problemsOfCanonicalForm()
        }
        for interval in spec.interval {
            let (length, phase) = (Span(interval.interval), Span(interval.phase))
            guard length >= .seconds(1) else { throw ScheduleProblem("interval is too small") }
            guard phase >= .zero else { throw ScheduleProblem("phase is negative") }
            guard phase < length else { throw ScheduleProblem("phase cannot be greater than Interval") }
        }
        try spec.checkTimeZone()
        return spec
    }

    private func checkTimeZone() throws(ScheduleProblem) {
        if !timezoneData.isEmpty, !timezoneData.starts(with: Data("TZif".utf8)) {
            throw ScheduleProblem("malformed time zone information")
        }
        guard timezoneName.isEmpty || TimeZone(identifier: timezoneName) != nil else {
            guard timezoneData.isEmpty else {
                throw ScheduleProblem(
                    "time zone \(timezoneName) is given by its data, which this service does not read: name one that it knows"
                )
            }
            throw ScheduleProblem("unknown time zone \(timezoneName)")
        }
    }

    /// Adds what cron strings mean, which all have to name the same time zone, or none.
    private mutating func add(cron texts: [String]) throws(ScheduleProblem) {
        var zone: String?
        for text in texts {
            let own = try add(cron: text)
            guard zone == nil || zone == own else { throw ScheduleProblem("conflicting timezone names") }
            zone = own
        }
        guard let zone, !zone.isEmpty else { return }
        guard timezoneName.isEmpty || timezoneName == zone, timezoneData.isEmpty else {
            throw ScheduleProblem("conflicting timezone names")
        }
        timezoneName = zone
    }

    /// Adds what a cron string means: five to seven fields, or one of the words that begin with `@`.
    ///
    /// - Returns: The time zone that it names; empty for none. An interval has none.
    private mutating func add(cron text: String) throws(ScheduleProblem) -> String {
        var text = text.trimmingCharacters(in: .whitespaces)[...]
        var zone = ""
        if text.hasPrefix("CRON_TZ=") || text.hasPrefix("TZ=") {
            guard let end = text.firstIndex(of: " ") else {
                throw ScheduleProblem("CronString has time zone but missing fields")
            }
            zone = String(text[..<end].drop { $0 != "=" }.dropFirst())
            text = text[end...]
        }
        var comment = ""
        if let mark = text.firstIndex(of: "#") {
            comment = String(text[text.index(after: mark)...]).trimmingCharacters(in: .whitespaces)
            text = text[..<mark]
        }
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if let first = words.first, first.hasPrefix("@every") {
            guard words.count > 1 else {
                throw ScheduleProblem("CronString does not have interval after @every")
            }
            interval.append(try Self.interval(words.dropFirst().joined(separator: " ")))
            return ""
        }
        if words.count == 1, let fields = Self.words[words[0]] { words = fields }
        var calendar = APICalendarSpec()
        calendar.comment = comment
        switch words.count {
        case 7: calendar.second = words.removeFirst()
        case 5, 6: break
        default: throw ScheduleProblem("CronString does not have 5-7 fields")
        }
        calendar.minute = words[0]
        calendar.hour = words[1]
        calendar.dayOfMonth = words[2]
        calendar.month = words[3]
        calendar.dayOfWeek = words[4]
        if words.count == 6 { calendar.year = words[5] }
        structuredCalendar.append(try calendar.structured())
        return zone
    }

    /// Reads an interval with its phase, such as `14h/3h`.
    private static func interval(_ text: String) throws(ScheduleProblem) -> APIIntervalSpec {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let length = Span(goDuration: parts[0]) else {
            throw ScheduleProblem("time: invalid duration \"\(parts[0])\"")
        }
        var interval = APIIntervalSpec.with { $0.interval = length.proto }
        guard parts.count == 2, !parts[1].isEmpty else { return interval }
        guard let phase = Span(goDuration: parts[1]) else {
            throw ScheduleProblem("time: invalid duration \"\(parts[1])\"")
        }
        if phase != .zero { interval.phase = phase.proto }
        return interval
    }

    private static let words: [String: [String]] = [
        "@yearly": ["0", "0", "1", "1", "*"], "@annually": ["0", "0", "1", "1", "*"],
        "@monthly": ["0", "0", "1", "*", "*"], "@weekly": ["0", "0", "*", "*", "0"],
        "@daily": ["0", "0", "*", "*", "*"], "@midnight": ["0", "0", "*", "*", "*"],
        "@hourly": ["0", "*", "*", "*", "*"],
    ]
}

extension APIStructuredCalendarSpec {
    private static let longestComment = 200

    /// Fills in what ranges leave out.
    ///
    /// - Throws: ``ScheduleProblem`` with all that is wrong.
    fileprivate mutating func makeCanonical() throws(ScheduleProblem) {
        var problems = problemsOfCanonicalForm()
        if comment.utf8.count > Self.longestComment { problems.append("comment is too long") }
        guard problems.isEmpty else {
            throw ScheduleProblem("invalid calendar spec: " + problems.joined(separator: ", "))
        }
    }

    /// Fills in what ranges leave out, and tells what is wrong with them.
    fileprivate mutating func problemsOfCanonicalForm() -> [String] {
        var problems: [String] = []
        second = ScheduleField.second.canonical(second, &problems)
        minute = ScheduleField.minute.canonical(minute, &problems)
        hour = ScheduleField.hour.canonical(hour, &problems)
        dayOfMonth = ScheduleField.dayOfMonth.canonical(dayOfMonth, &problems)
        month = ScheduleField.month.canonical(month, &problems)
        year = ScheduleField.year.canonical(year, &problems)
        dayOfWeek = ScheduleField.dayOfWeek.canonical(dayOfWeek, &problems)
        return problems
    }
}

extension APICalendarSpec {
    /// The calendar with its texts read.
    ///
    /// - Throws: ``ScheduleProblem`` with what is wrong in each field.
    fileprivate func structured() throws(ScheduleProblem) -> APIStructuredCalendarSpec {
        var result = APIStructuredCalendarSpec()
        var problems: [String] = []
        func read(_ field: ScheduleField, _ text: String, standard: String) -> [APIRange] {
            do {
                return try field.parse(text, standard: standard)
            } catch {
                problems.append(error.message)
                return []
            }
        }
        result.second = read(.second, second, standard: "0")
        result.minute = read(.minute, minute, standard: "0")
        result.hour = read(.hour, hour, standard: "0")
        result.dayOfWeek = read(.dayOfWeek, dayOfWeek, standard: "*")
        result.dayOfMonth = read(.dayOfMonth, dayOfMonth, standard: "*")
        result.month = read(.month, month, standard: "*")
        result.year = read(.year, year, standard: "*")
        result.comment = comment
        guard problems.isEmpty else { throw ScheduleProblem(problems.joined(separator: ", ")) }
        return result
    }
}
