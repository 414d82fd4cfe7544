import Foundation
import TemporalAPI

/// A structured calendar, ready to find the moments that match it.
///
/// A moment matches if each field of its local time does. So a time that a change of clocks leaves out is left out, and
/// one that occurs twice occurs twice, as on the server.
struct ScheduleCalendar {
    private let seconds: Set<Int>
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    /// Empty for every year.
    private let years: Set<Int>
    private let weekdays: Set<Int>
    private let zone: TimeZone

    /// After this year nothing matches, as on the server.
    private static let lastYear = 2100

    /// Reads a calendar that was made canonical.
    init(_ calendar: APIStructuredCalendarSpec, zone: TimeZone) {
        // Ranges of exclusions are not checked, and no field has such values.
        func set(_ ranges: [APIRange]) -> Set<Int> {
            Set(
                ranges.flatMap { range in
                    let (start, step) = (Int(range.start), max(1, Int(range.step)))
                    let first = start < 0 ? start + (step - 1 - start) / step * step : start
                    return stride(from: first, through: min(Int(range.end), Self.lastYear), by: step)
                }
            )
        }
        seconds = set(calendar.second)
        minutes = set(calendar.minute)
        hours = set(calendar.hour)
        days = set(calendar.dayOfMonth)
        months = set(calendar.month)
        weekdays = set(calendar.dayOfWeek)
        years = set(calendar.year)
        self.zone = zone
    }

    /// Whether a moment, in whole seconds since 1970, matches.
    func matches(_ time: Int64) -> Bool {
        let local = LocalTime(time, zone: zone)
        return yearMatches(local.year) && months.contains(local.month) && days.contains(local.day)
            && weekdays.contains(local.weekday) && hours.contains(local.hour) && minutes.contains(local.minute)
            && seconds.contains(local.second)
    }

    private func yearMatches(_ year: Int) -> Bool {
        years.isEmpty || years.contains(year)
    }

    /// The first matching moment after another; both in whole seconds since 1970. `nil` if there is none.
    func next(after time: Int64) -> Int64? {
        guard ![seconds, minutes, hours, days, months, weekdays].contains(where: \.isEmpty) else { return nil }
        var time = time + 1
        while true {
            let local = LocalTime(time, zone: zone)
            guard local.year <= Self.lastYear else { return nil }
            if !yearMatches(local.year) {
                guard years.contains(where: { $0 > local.year }) else { return nil }
                time = local.beginning(ofDay: LocalTime.days(local.year + 1, 1, 1), after: time, zone: zone)
            } else if !months.contains(local.month) {
                let (year, month) = local.month == 12 ? (local.year + 1, 1) : (local.year, local.month + 1)
                time = local.beginning(ofDay: LocalTime.days(year, month, 1), after: time, zone: zone)
            } else if !days.contains(local.day) || !weekdays.contains(local.weekday) {
                time = local.beginning(ofDay: local.dayNumber + 1, after: time, zone: zone)
            } else if !hours.contains(local.hour) {
                time += Int64(3600 - local.minute * 60 - local.second)
            } else if !minutes.contains(local.minute) {
                time += Int64(60 - local.second)
            } else if !seconds.contains(local.second) {
                time += 1
            } else {
                return time
            }
        }
    }
}

/// A moment on the clocks of a time zone.
private struct LocalTime {
    let dayNumber: Int
    let year: Int
    let month: Int
    let day: Int
    let weekday: Int
    let hour: Int
    let minute: Int
    let second: Int
    private let offset: Int

    init(_ time: Int64, zone: TimeZone) {
        offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
        let local = Int(time) + offset
        dayNumber = local >= 0 ? local / 86400 : (local - 86399) / 86400
        let rest = local - dayNumber * 86400
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        // Day 0, 1970-01-01, was a Thursday.
        weekday = ((dayNumber + 4) % 7 + 7) % 7
        (year, month, day) = Self.civil(dayNumber)
    }

    /// The moment at which a day begins, or some moment between this one and that: never one beyond.
    func beginning(ofDay number: Int, after time: Int64, zone: TimeZone) -> Int64 {
        let guess = Int64(number * 86400 - offset)
        let offsetThen = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(guess)))
        return max(time + 1, min(guess, Int64(number * 86400 - offsetThen)))
    }

    /// The number of a day since 1970-01-01 in the Gregorian calendar.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date of a day by its number.
    private static func civil(_ number: Int) -> (Int, Int, Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
