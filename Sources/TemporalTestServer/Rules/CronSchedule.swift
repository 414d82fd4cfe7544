import Foundation

/// A cron schedule as the server understands it: five fields, `@every` with a duration, or `@hourly` and its like. All
/// in UTC unless the schedule begins with `CRON_TZ=`.
struct CronSchedule {
    /// What a field allows.
    private struct Field {
        var values: Set<Int> = []

        /// Whether the field says nothing: a `*` is in it, and no step of more than one goes with that.
        var isStar = false
    }

    private enum Kind {
        case every(Span)
        case fields(minutes: Field, hours: Field, days: Field, months: Field, weekdays: Field)
    }

    private let kind: Kind
    private let calendar: Calendar

    /// What is wrong with a schedule, in the server's words; `nil` if nothing is.
    ///
    /// - Parameters:
    ///   - text: The schedule.
    ///   - now: The moment after which it must have a time.
    static func problem(with text: String, at now: Moment) -> String? {
        guard let schedule = CronSchedule(text) else { return "invalid CronSchedule." }
        guard schedule.backoff(after: now) != nil else {
            return "invalid CronSchedule, no time can be found to satisfy the schedule"
        }
        return nil
    }

    /// Reads a schedule; `nil` if it makes no sense.
    init?(_ text: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        var text = text[...]
        if text.hasPrefix("CRON_TZ=") || text.hasPrefix("TZ=") {
            guard let end = text.firstIndex(of: " ") else { return nil }
            let name = text[..<end].drop { $0 != "=" }.dropFirst()
            if !name.isEmpty {
                guard let zone = TimeZone(identifier: String(name)) else { return nil }
                calendar.timeZone = zone
            }
            text = text[end...].trimmingCharacters(in: .whitespacesAndNewlines)[...]
        }
        self.calendar = calendar
        let every = "@every "
        if text.hasPrefix(every) {
            guard let span = Span(goDuration: String(text.dropFirst(every.count)), allowsDays: false) else {
                return nil
            }
            // In whole seconds, and one at least.
            let seconds = span.nanoseconds / 1_000_000_000
            kind = .every(.seconds(max(1, seconds)))
            return
        }
        let words: [String]
        switch text {
        case "@yearly", "@annually": words = ["0", "0", "1", "1", "*"]
        case "@monthly": words = ["0", "0", "1", "*", "*"]
        case "@weekly": words = ["0", "0", "*", "*", "0"]
        case "@daily", "@midnight": words = ["0", "0", "*", "*", "*"]
        case "@hourly": words = ["0", "*", "*", "*", "*"]
        default: words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        guard words.count == 5,
            let minute = Self.field(words[0], 0...59, names: [], first: 0),
            let hour = Self.field(words[1], 0...23, names: [], first: 0),
            let day = Self.field(words[2], 1...31, names: [], first: 0),
            let month = Self.field(words[3], 1...12, names: months, first: 1),
            let weekday = Self.field(words[4], 0...6, names: weekdays, first: 0)
        else { return nil }
        kind = .fields(minutes: minute, hours: hour, days: day, months: month, weekdays: weekday)
    }

    /// How long from `now` to the next time of the schedule, in whole seconds; `nil` if there is no such time.
    ///
    /// - Parameters:
    ///   - previous: When the last run was due, which `@every` counts from.
    ///   - now: When the last run ended.
    func backoff(from previous: Moment? = nil, after now: Moment) -> Span? {
        let next: Moment?
        // A run that has ended before it was due does not move the schedule.
        if let previous, now < previous {
            next = previous
        } else {
            next = self.next(after: previous ?? now, notBefore: now)
        }
        guard let next else { return nil }
        let (seconds, rest) = (next - now).nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        // Rounded up, so that the run does not begin a moment too early.
        return .seconds(seconds + (rest > 0 ? 1 : 0))
    }

    /// The first time of the schedule after a moment that does not come before another. The times between the two, which a
    /// long run has passed, are not looked at one by one.
    private func next(after moment: Moment, notBefore earliest: Moment) -> Moment? {
        switch kind {
        case .every(let span):
            let whole = Moment(nanoseconds: moment.nanoseconds / 1_000_000_000 * 1_000_000_000)
            let first = whole + span
            guard first < earliest else { return first }
            let (count, rest) = (earliest - first).nanoseconds.quotientAndRemainder(dividingBy: span.nanoseconds)
            return first + Span(nanoseconds: (count + (rest > 0 ? 1 : 0)) * span.nanoseconds)
        case .fields(let minutes, let hours, let days, let months, let weekdays):
            // A day or time that never comes need not be looked for.
            guard ![minutes, hours, days, months, weekdays].contains(where: \.values.isEmpty) else { return nil }
            let moment = max(moment, earliest - Span(nanoseconds: 1))
            var date = Date(timeIntervalSince1970: Double(moment.nanoseconds / 60_000_000_000 * 60 + 60))
            // The server looks no further either.
            let lastYear = calendar.component(.year, from: (moment + .seconds(1)).date) + 5
            while true {
                let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .weekday], from: date)
                guard let year = parts.year, year <= lastYear else { return nil }
                let dayFits = days.values.contains(parts.day ?? 0)
                let weekdayFits = weekdays.values.contains((parts.weekday ?? 1) - 1)
                // Two restricted day fields mean either of them, as in every cron.
                let fits = days.isStar || weekdays.isStar ? dayFits && weekdayFits : dayFits || weekdayFits
                if !months.values.contains(parts.month ?? 0) || !fits {
                    // From the beginning of the day: 26 hours after it is the next day, however long this one is.
                    let day = calendar.startOfDay(for: date)
                    date = calendar.startOfDay(for: day.addingTimeInterval(86400 + 7200))
                } else if !hours.values.contains(parts.hour ?? 0) {
                    date = date.addingTimeInterval(Double(60 - (parts.minute ?? 0)) * 60)
                } else if !minutes.values.contains(parts.minute ?? 0) {
                    date = date.addingTimeInterval(60)
                } else {
                    let seconds = Int64(date.timeIntervalSince1970)
                    let (nanoseconds, isTooLate) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
                    return isTooLate ? nil : Moment(nanoseconds: nanoseconds)
                }
            }
        }
    }

    private static func field(_ text: String, _ range: ClosedRange<Int>, names: [String], first: Int) -> Field? {
        func number(_ word: Substring) -> Int? {
            if let index = names.firstIndex(of: word.lowercased()) { return index + first }
            return Int(word).flatMap { range.contains($0) ? $0 : nil }
        }
        var field = Field()
        for part in text.split(separator: ",") {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let head = pieces.first, pieces.count <= 2 else { return nil }
            let ends = head.split(separator: "-", omittingEmptySubsequences: false)
            let isStar = ends.first == "*" || ends.first == "?"
            var bounds = range
            if !isStar {
                guard ends.count <= 2, let low = ends.first.flatMap(number) else { return nil }
                let high = ends.count == 2 ? number(ends[1]) : pieces.count == 2 ? range.upperBound : low
                guard let high, low <= high else { return nil }
                bounds = low...high
            }
            var step = 1
            if pieces.count == 2 {
                guard let given = Int(pieces[1]), given > 0 else { return nil }
                // A longer one than the range has no other meaning.
                step = min(given, range.upperBound + 1)
            }
            if isStar, step == 1 { field.isStar = true }
            field.values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return field
    }
}
