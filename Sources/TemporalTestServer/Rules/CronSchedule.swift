import Foundation

/// A cron schedule as the server understands it: five fields, `@every` with a duration, or `@hourly` and its like. All
/// in UTC unless the schedule begins with `CRON_TZ=`.
struct CronSchedule {
    private enum Kind {
        case every(Span)
        case fields(minutes: Set<Int>, hours: Set<Int>, days: Set<Int>, months: Set<Int>, weekdays: Set<Int>)
    }

    private let kind: Kind
    private let daysRestricted: Bool
    private let weekdaysRestricted: Bool
    private let calendar: Calendar

    /// Reads a schedule; `nil` if it makes no sense.
    init?(_ text: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        var words = text.split(separator: " ").map(String.init)
        if let first = words.first, first.hasPrefix("CRON_TZ=") || first.hasPrefix("TZ=") {
            guard let zone = first.split(separator: "=").last.flatMap({ TimeZone(identifier: String($0)) }) else {
                return nil
            }
            calendar.timeZone = zone
            words.removeFirst()
        }
        self.calendar = calendar
        if words.first == "@every", words.count == 2 {
            guard let span = Span(goDuration: words[1]), span >= .seconds(1) else { return nil }
            kind = .every(span)
            (daysRestricted, weekdaysRestricted) = (false, false)
            return
        }
        if words.count == 1 {
            switch words[0] {
            case "@yearly", "@annually": words = ["0", "0", "1", "1", "*"]
            case "@monthly": words = ["0", "0", "1", "*", "*"]
            case "@weekly": words = ["0", "0", "*", "*", "0"]
            case "@daily", "@midnight": words = ["0", "0", "*", "*", "*"]
            case "@hourly": words = ["0", "*", "*", "*", "*"]
            default: return nil
            }
        }
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        guard words.count == 5,
            let minute = Self.field(words[0], 0...59, names: [], first: 0),
            let hour = Self.field(words[1], 0...23, names: [], first: 0),
            let day = Self.field(words[2], 1...31, names: [], first: 0),
            let month = Self.field(words[3], 1...12, names: months, first: 1),
            let weekday = Self.field(words[4], 0...7, names: weekdays, first: 0)
        else { return nil }
        kind = .fields(
            minutes: minute,
            hours: hour,
            days: day,
            months: month,
            weekdays: Set(weekday.map { $0 % 7 })
        )
        daysRestricted = !words[2].hasPrefix("*") && words[2] != "?"
        weekdaysRestricted = !words[4].hasPrefix("*") && words[4] != "?"
    }

    /// How long from `now` to the next time of the schedule, in whole seconds.
    ///
    /// - Parameters:
    ///   - previous: When the last run was due, which `@every` counts from.
    ///   - now: When the last run ended.
    func backoff(from previous: Moment? = nil, after now: Moment) -> Span {
        let next = next(after: previous ?? now, notBefore: now)
        let (seconds, rest) = (next - now).nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        // Rounded up, so that the run does not begin a moment too early.
        return .seconds(seconds + (rest > 0 ? 1 : 0))
    }

    /// The first time of the schedule after a moment that does not come before another. The times between the two, which a
    /// long run has passed, are not looked at one by one.
    private func next(after moment: Moment, notBefore earliest: Moment) -> Moment {
        switch kind {
        case .every(let span):
            let whole = Moment(nanoseconds: moment.nanoseconds / 1_000_000_000 * 1_000_000_000)
            let first = whole + span
            guard first < earliest else { return first }
            let (count, rest) = (earliest - first).nanoseconds.quotientAndRemainder(dividingBy: span.nanoseconds)
            return first + Span(nanoseconds: (count + (rest > 0 ? 1 : 0)) * span.nanoseconds)
        case .fields(let minutes, let hours, let days, let months, let weekdays):
            let moment = max(moment, earliest - Span(nanoseconds: 1))
            var date = Date(timeIntervalSince1970: Double(moment.nanoseconds / 60_000_000_000 * 60 + 60))
            // Four years hold every combination that exists, February 29th included.
            let limit = date.addingTimeInterval(5 * 366 * 86400)
            while date < limit {
                let parts = calendar.dateComponents([.month, .day, .hour, .minute, .weekday], from: date)
                let dayFits = days.contains(parts.day ?? 0)
                let weekdayFits = weekdays.contains((parts.weekday ?? 1) - 1)
                // Two restricted day fields mean either of them, as in every cron.
                let fits = daysRestricted && weekdaysRestricted ? dayFits || weekdayFits : dayFits && weekdayFits
                if !months.contains(parts.month ?? 0) || !fits {
                    // From the beginning of the day: 26 hours after it is the next day, however long this one is.
                    let day = calendar.startOfDay(for: date)
                    date = calendar.startOfDay(for: day.addingTimeInterval(86400 + 7200))
                    date = min(date, limit)
                } else if !hours.contains(parts.hour ?? 0) {
                    date = date.addingTimeInterval(Double(60 - (parts.minute ?? 0)) * 60)
                } else if !minutes.contains(parts.minute ?? 0) {
                    date = date.addingTimeInterval(60)
                } else {
                    return Moment(nanoseconds: Int64(date.timeIntervalSince1970) * 1_000_000_000)
                }
            }
            return Moment(nanoseconds: .max)
        }
    }

    private static func field(_ text: String, _ range: ClosedRange<Int>, names: [String], first: Int) -> Set<Int>? {
        func number(_ word: Substring) -> Int? {
            if let index = names.firstIndex(of: word.lowercased()) { return index + first }
            return Int(word).flatMap { range.contains($0) ? $0 : nil }
        }
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let head = pieces.first, pieces.count <= 2 else { return nil }
            var bounds: ClosedRange<Int>
            if head == "*" || head == "?" {
                bounds = range
            } else {
                let ends = head.split(separator: "-", omittingEmptySubsequences: false)
                guard ends.count <= 2, let low = ends.first.flatMap(number) else { return nil }
                let high = ends.count == 2 ? number(ends[1]) : pieces.count == 2 ? range.upperBound : low
                guard let high, low <= high else { return nil }
                bounds = low...high
            }
            var step = 1
            if pieces.count == 2 {
                guard let given = Int(pieces[1]), given > 0 else { return nil }
                step = given
            }
            values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return values
    }
}
