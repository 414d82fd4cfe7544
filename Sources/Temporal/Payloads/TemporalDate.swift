package import Foundation

/// Dates as the SDKs write them in JSON: ISO 8601 texts.
///
/// The calendar is the Gregorian one for all times, as in the other SDKs.
package enum TemporalDate {
    private static let secondsOfDay: Int64 = 86_400

    /// A date as ISO 8601 in UTC, to the microsecond.
    ///
    /// The fraction has no digits, three or six, which every reader of ISO 8601 takes.
    ///
    /// - Returns: The text, or `nil` for a date outside of the years 1 to 9999, which has none.
    package static func text(_ date: Date) -> String? {
        let time = date.timeIntervalSince1970
        guard time > -1e12, time < 1e12 else { return nil }
        // Split before rounding: far from 1970 the product of the whole time and a million is not exact.
        var seconds = Int64(time.rounded(.down))
        var microseconds = Int64(((time - time.rounded(.down)) * 1e6).rounded())
        if microseconds == 1_000_000 {
            seconds += 1
            microseconds = 0
        }
        var day = seconds / secondsOfDay
        if seconds % secondsOfDay < 0 { day -= 1 }
        let second = seconds - day * secondsOfDay
        let (year, month, dayOfMonth) = civil(day)
        guard (1...9999).contains(year) else { return nil }
        var text = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(dayOfMonth, 2) + "T"
        text += padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
        if microseconds % 1000 != 0 {
            text += "." + padded(microseconds, 6)
        } else if microseconds != 0 {
            text += "." + padded(microseconds / 1000, 3)
        }
        return text + "Z"
    }

    /// The date of an ISO 8601 text: a day, or a day and a time with any fraction of a second and any offset from UTC.
    ///
    /// A text without an offset is taken as UTC, which is what Python writes for a date without a zone.
    ///
    /// - Returns: The date, or `nil` if the text is none.
    package static func date(_ text: String) -> Date? {
        var scanner = Scanner(text: text.utf8[...])
        guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
            let day = scanner.number(2), (1...12).contains(month), (1...daysOfMonth(month, year)).contains(day)
        else { return nil }
        var seconds = days(year, month, day) * secondsOfDay
        if scanner.isAtEnd { return Date(timeIntervalSince1970: TimeInterval(seconds)) }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" "), let hour = scanner.number(2), hour < 24,
            scanner.take(":"), let minute = scanner.number(2), minute < 60
        else { return nil }
        seconds += hour * 3600 + minute * 60
        var fraction = 0.0
        if scanner.take(":") {
            // 60 is a leap second, which counts as the first second of the next minute.
            guard let second = scanner.number(2), second <= 60 else { return nil }
            seconds += second
            if scanner.take(".") || scanner.take(",") {
                guard let read = scanner.fraction() else { return nil }
                fraction = read
            }
        }
        guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
        return Date(timeIntervalSince1970: TimeInterval(seconds - offset) + fraction)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func daysOfMonth(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // The year begins in March here, so that the day that comes and goes is its last one.

    /// The day number of a date, counted from 1970-01-01.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        // Whole eras are added below year 0, so that all divisions round down.
        let shifted = year + 400
        let daysBeforeYear = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400
        return daysBeforeYear - 146_097 + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    }

    /// The date of a day number that counts from 1970-01-01.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let fromMarch = days + 719_468
        let era = (fromMarch >= 0 ? fromMarch : fromMarch - 146_096) / 146_097
        let dayOfEra = fromMarch - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month,
            dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    /// Reads an ISO 8601 text from left to right.
    private struct Scanner {
        var text: Substring.UTF8View

        var isAtEnd: Bool { text.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let first = text.first, UInt32(first) == character.value else { return false }
            text.removeFirst()
            return true
        }

        mutating func digit() -> Int64? {
            guard let first = text.first, (0x30...0x39).contains(first) else { return nil }
            text.removeFirst()
            return Int64(first - 0x30)
        }

        mutating func number(_ digits: Int) -> Int64? {
            var number: Int64 = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// The digits after the point, to the nanosecond; the others are skipped.
        mutating func fraction() -> Double? {
            guard var nanoseconds = digit() else { return nil }
            var count = 1
            while let digit = digit() {
                guard count < 9 else { continue }
                nanoseconds = nanoseconds * 10 + digit
                count += 1
            }
            for _ in count..<9 { nanoseconds *= 10 }
            return Double(nanoseconds) / 1e9
        }

        /// The offset from UTC in seconds: `Z`, nothing, `+05:30`, `+0530` or `+05`.
        mutating func offset() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isNegative = take("-")
            guard isNegative || take("+"), let hours = number(2), hours < 24 else { return nil }
            var seconds = hours * 3600
            for unit: Int64 in [60, 1] where !isAtEnd {
                _ = take(":")
                guard let number = number(2), number < 60 else { return nil }
                seconds += number * unit
            }
            return isNegative ? -seconds : seconds
        }
    }
}
