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
        spec.structuredCalendar = []
        spec.excludeStructuredCalendar = []
        for calendar in structuredCalendar { spec.structuredCalendar.append(try Self.checked(calendar)) }
        for calendar in calendar { spec.structuredCalendar.append(try calendar.structured()) }
        for text in cronString { try spec.add(cron: text) }
        for calendar in excludeStructuredCalendar { spec.excludeStructuredCalendar.append(try Self.checked(calendar)) }
        for calendar in excludeCalendar { spec.excludeStructuredCalendar.append(try calendar.structured()) }
        for interval in spec.interval {
            let (length, phase) = (Span(interval.interval), Span(interval.phase))
            guard length >= .seconds(1) else { throw ScheduleProblem("interval is too small") }
            guard phase >= .zero else { throw ScheduleProblem("phase is negative") }
            guard phase < length else { throw ScheduleProblem("phase cannot be greater than Interval") }
        }
        if !spec.timezoneName.isEmpty, TimeZone(identifier: spec.timezoneName) == nil {
            throw ScheduleProblem("unknown time zone \(spec.timezoneName)")
        }
        guard Span(spec.jitter) >= .zero else { throw ScheduleProblem("jitter is negative") }
        return spec
    }

    private static func checked(
        _ calendar: APIStructuredCalendarSpec
    ) throws(ScheduleProblem) -> APIStructuredCalendarSpec {
        var result = calendar
        var problems: [String] = []
        result.second = ScheduleField.second.canonical(calendar.second, &problems)
        result.minute = ScheduleField.minute.canonical(calendar.minute, &problems)
        result.hour = ScheduleField.hour.canonical(calendar.hour, &problems)
        result.dayOfMonth = ScheduleField.dayOfMonth.canonical(calendar.dayOfMonth, &problems)
        result.month = ScheduleField.month.canonical(calendar.month, &problems)
        result.year = ScheduleField.year.canonical(calendar.year, &problems)
        result.dayOfWeek = ScheduleField.dayOfWeek.canonical(calendar.dayOfWeek, &problems)
        guard problems.isEmpty else {
            throw ScheduleProblem("invalid calendar spec: " + problems.joined(separator: ", "))
        }
        return result
    }

    /// Adds what a cron string means: five to seven fields, or one of the words that begin with `@`.
    private mutating func add(cron text: String) throws(ScheduleProblem) {
        var text = text[...]
        var comment = ""
        if let mark = text.firstIndex(of: "#") {
            comment = String(text[text.index(after: mark)...]).trimmingCharacters(in: .whitespaces)
            text = text[..<mark]
        }
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if let first = words.first, first.hasPrefix("CRON_TZ=") || first.hasPrefix("TZ=") {
            let name = String(first.drop { $0 != "=" }.dropFirst())
            guard timezoneName.isEmpty || timezoneName == name else {
                throw ScheduleProblem("schedule spec has conflicting time zones")
            }
            timezoneName = name
            words.removeFirst()
        }
        if words.count == 2, words[0] == "@every" {
            let parts = words[1].split(separator: "/", maxSplits: 1).map(String.init)
            guard let length = parts.first.flatMap({ Span(goDuration: $0) }),
                let phase = parts.count == 2 ? Span(goDuration: parts[1]) : .zero
            else { throw ScheduleProblem("cannot parse @every interval: \(words[1])") }
            interval.append(
                .with {
                    $0.interval = length.proto
                    if phase > .zero { $0.phase = phase.proto }
                }
            )
            return
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
    }

    private static let words: [String: [String]] = [
        "@yearly": ["0", "0", "1", "1", "*"], "@annually": ["0", "0", "1", "1", "*"],
        "@monthly": ["0", "0", "1", "*", "*"], "@weekly": ["0", "0", "*", "*", "0"],
        "@daily": ["0", "0", "*", "*", "*"], "@midnight": ["0", "0", "*", "*", "*"],
        "@hourly": ["0", "*", "*", "*", "*"],
    ]
}

extension APICalendarSpec {
    /// The calendar with its texts read.
    fileprivate func structured() throws(ScheduleProblem) -> APIStructuredCalendarSpec {
        var result = APIStructuredCalendarSpec()
        result.second = try ScheduleField.second.parse(second, standard: "0")
        result.minute = try ScheduleField.minute.parse(minute, standard: "0")
        result.hour = try ScheduleField.hour.parse(hour, standard: "0")
        result.dayOfMonth = try ScheduleField.dayOfMonth.parse(dayOfMonth, standard: "*")
        result.month = try ScheduleField.month.parse(month, standard: "*")
        result.year = try ScheduleField.year.parse(year, standard: "*")
        result.dayOfWeek = try ScheduleField.dayOfWeek.parse(dayOfWeek, standard: "*")
        result.comment = comment
        return result
    }
}
