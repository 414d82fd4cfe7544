import Foundation
import Testing

@testable import TemporalTestServer

/// When the next run of a cron workflow is due.
@Suite(.timeLimit(.minutes(1))) struct CronScheduleTests {
    private func next(_ text: String, after now: String, from previous: String? = nil) throws -> String {
        let schedule = try #require(CronSchedule(text))
        let now = try #require(Moment(timestamp: now))
        let previous = try previous.map { try #require(Moment(timestamp: $0)) }
        let next = now + (try #require(schedule.backoff(from: previous, after: now)))
        return next.date.ISO8601Format()
    }

    @Test(arguments: [
        // Late in the day, the next day is not passed over.
        ("0 5 2 3 *", "2024-03-01T22:30:00Z", "2024-03-02T05:00:00Z"),
        ("0 0 * * 6", "2024-03-01T23:59:00Z", "2024-03-02T00:00:00Z"),
        ("30 0 1 * *", "2024-02-29T22:00:00Z", "2024-03-01T00:30:00Z"),
        ("0 5 2 3 *", "2024-03-01T10:30:00Z", "2024-03-02T05:00:00Z"),
        // Around the days on which clocks change: 23 and 25 hours long.
        ("CRON_TZ=America/New_York 0 1 11 3 *", "2024-03-10T06:30:00Z", "2024-03-11T05:00:00Z"),
        ("CRON_TZ=America/New_York 0 1 4 11 *", "2024-11-03T04:30:00Z", "2024-11-04T06:00:00Z"),
        ("CRON_TZ=America/New_York 0 1 4 11 *", "2024-11-04T03:30:00Z", "2024-11-04T06:00:00Z"),
        ("*/5 * * * *", "2024-03-01T22:32:10Z", "2024-03-01T22:35:00Z"),
        ("@every 90s", "2024-03-01T22:32:10Z", "2024-03-01T22:33:40Z"),
        // Less than a second is one, and what is over whole seconds does not count.
        ("@every 500ms", "2024-03-01T22:32:10Z", "2024-03-01T22:32:11Z"),
        ("@every 0", "2024-03-01T22:32:10Z", "2024-03-01T22:32:11Z"),
        ("@every -5s", "2024-03-01T22:32:10Z", "2024-03-01T22:32:11Z"),
        ("@every 2500ms", "2024-03-01T22:32:10Z", "2024-03-01T22:32:12Z"),
        ("CRON_TZ=America/New_York  @daily ", "2024-03-01T22:30:00Z", "2024-03-02T05:00:00Z"),
        ("TZ= 0 5 * * *", "2024-03-01T22:30:00Z", "2024-03-02T05:00:00Z"),
        // With a step the star says something, and either day will do: the 1st is a Friday.
        ("0 0 */2 * 1", "2024-03-01T00:00:00Z", "2024-03-03T00:00:00Z"),
        ("0 0 */1 * 1", "2024-03-01T00:00:00Z", "2024-03-04T00:00:00Z"),
        ("0 0 5 * */6", "2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"),
        ("0 0 10 * 1", "2024-03-01T00:00:00Z", "2024-03-04T00:00:00Z"),
        // A star anywhere in the list says that the other field counts alone.
        ("0 0 5,* * 1", "2024-03-01T00:00:00Z", "2024-03-04T00:00:00Z"),
        ("0 0 10 * ?", "2024-03-01T00:00:00Z", "2024-03-10T00:00:00Z"),
        ("0 0 10 * 1,*", "2024-03-01T00:00:00Z", "2024-03-10T00:00:00Z"),
        ("1,, * * * *", "2024-03-01T00:00:00Z", "2024-03-01T00:01:00Z"),
        ("*-5 * * * *", "2024-03-01T00:00:00Z", "2024-03-01T00:01:00Z"),
        ("5/70 * * * *", "2024-03-01T00:00:00Z", "2024-03-01T00:05:00Z"),
        ("0 0 * jan-feb Mon", "2024-03-01T00:00:00Z", "2025-01-06T00:00:00Z"),
        ("0 0 29 2 *", "2024-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
    ])
    func `the next time`(_ text: String, _ now: String, _ expected: String) throws {
        #expect(try next(text, after: now) == expected)
    }

    @Test(arguments: [
        ("* * * * *", "2024-01-01T00:01:00Z"), ("@every 1s", "2024-01-01T00:00:29Z"),
        // 225,405,262 times 7 seconds after the beginning.
        ("@every 7s", "2024-01-01T00:00:34Z"),
    ])
    func `a run of many years does not count its minutes`(_ text: String, _ expected: String) throws {
        let found = try next(text, after: "2024-01-01T00:00:29Z", from: "1974-01-01T00:00:00Z")
        #expect(found == expected)
    }

    @Test func `a time that has just come counts, but not twice`() throws {
        #expect(
            try next("*/5 * * * *", after: "2024-01-01T00:10:00Z", from: "2024-01-01T00:05:00Z")
                == "2024-01-01T00:10:00Z"
        )
        #expect(
            try next("*/5 * * * *", after: "2024-01-01T00:10:00Z", from: "2024-01-01T00:10:00Z")
                == "2024-01-01T00:15:00Z"
        )
    }

    @Test(arguments: [
        "* * * * 7", "* * 0 * *", "60 * * * *", "* 24 * * *", "* * * 13 *", "*/0 * * * *", "1-2-3 * * * *",
        "1/2/3 * * * *",
        "5-2 * * * *", "x * * * *", "*/99999999999999999999 * * * *", "* * * *", "* * * * * *", "@reboot", "@Daily",
        "@every", "@every 5", "@every  5s", "@every 5s ", "@every 1d", "CRON_TZ=UTC", "CRON_TZ=Nope/X * * * * *", "",
    ])
    func `what is no schedule`(_ text: String) throws {
        let now = try #require(Moment(timestamp: "2024-03-01T00:00:00Z"))
        #expect(CronSchedule.problem(with: text, at: now) == "invalid CronSchedule.")
    }

    @Test(arguments: ["0 0 31 2 *", ", * * * *", "* , * * *", "0 0 31 4,6,9,11 *"])
    func `a schedule without a time`(_ text: String) throws {
        let now = try #require(Moment(timestamp: "2024-03-01T00:00:00Z"))
        #expect(
            CronSchedule.problem(with: text, at: now)
                == "invalid CronSchedule, no time can be found to satisfy the schedule"
        )
        #expect(CronSchedule(text)?.backoff(from: now, after: now) == nil)
    }

    @Test func `at the end of time there is no next time`() throws {
        #expect(try #require(CronSchedule("* * * * *")).backoff(after: Moment(nanoseconds: .max)) == nil)
    }

    @Test func `a run that ends before it was due does not move the schedule`() throws {
        #expect(
            try next("0 * * * *", after: "2024-01-01T00:10:00Z", from: "2024-01-01T01:00:00Z")
                == "2024-01-01T01:00:00Z"
        )
    }
}
