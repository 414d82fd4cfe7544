import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// The times of specifications, as a real server gives them.
@Suite(.timeLimit(.minutes(1))) struct ScheduleTimesTests {
    private func moment(_ text: String) throws -> Moment { try #require(Moment(timestamp: text)) }

    private func times(_ spec: APIScheduleSpec, _ from: String, _ to: String, limit: Int = 200) throws -> [String] {
        let times = ScheduleTimes(try spec.canonical(), seed: 1)
        let end = try moment(to)
        var found: [String] = []
        var at = try moment(from)
        while found.count < limit, let time = times.next(after: at), time.nominal <= end {
            found.append(time.nominal.secondText)
            at = time.nominal
        }
        return found
    }

    private func cron(_ text: String, zone: String = "") -> APIScheduleSpec {
        .with {
            $0.cronString = [text]
            $0.timezoneName = zone
        }
    }

    /// From 2024-03-08 to 2024-03-12, whose second Sunday is when New York's clocks go forward.
    private static let crons: [(String, [String])] = [
        ("0 12 * * *", ["08T12:00:00", "09T12:00:00", "10T12:00:00", "11T12:00:00"]),
        ("0 12 * * * 2025", []),
        ("30 0 12 * * * 2024", ["08T12:00:30", "09T12:00:30", "10T12:00:30", "11T12:00:30"]),
        ("0 12 * * MON-FRI # hi", ["08T12:00:00", "11T12:00:00"]),
        ("CRON_TZ=America/New_York 30 2 * * *", ["08T07:30:00", "09T07:30:00", "11T06:30:00"]),
        // Both the day of the month and the day of the week count, unlike in other crons.
        ("TZ=Europe/Berlin 0 0 13 * FRI", []),
        ("@daily", ["09T00:00:00", "10T00:00:00", "11T00:00:00", "12T00:00:00"]),
        ("@every 36h", ["09T00:00:00", "10T12:00:00", "12T00:00:00"]),
        ("@every 24h/1h30m", ["08T01:30:00", "09T01:30:00", "10T01:30:00", "11T01:30:00"]),
        ("*/30 5 9 * *", ["09T05:00:00", "09T05:30:00"]),
        ("0 0 * * 7", ["10T00:00:00"]),
        ("0 0 * * 6-7", ["09T00:00:00", "10T00:00:00"]),
        // A Sunday that is day 7 of all seven is lost, on the server too.
        ("0 0 * * 1-7", ["09T00:00:00", "11T00:00:00", "12T00:00:00"]),
        ("0 0 * * sa", ["09T00:00:00"]),
        ("@weekly", ["10T00:00:00"]),
        ("0 1-10/3 8 3 *", ["08T01:00:00", "08T04:00:00", "08T07:00:00", "08T10:00:00"]),
        ("0 0 8 march fri", []),
        ("0 1 8 march fri", ["08T01:00:00"]),
    ]

    @Test(arguments: crons)
    func `cron strings`(_ text: String, _ expected: [String]) throws {
        let found = try times(cron(text), "2024-03-08T00:00:00Z", "2024-03-12T00:00:00Z")
        #expect(found == expected.map { "2024-03-\($0)Z" })
    }

    @Test func `what is excluded is not checked, and excludes what it can`() throws {
        let spec = APIScheduleSpec.with {
            $0.interval = [.with { $0.interval.seconds = 3600 }]
            $0.excludeStructuredCalendar = [
                .with {
                    $0.second = [.init()]
                    $0.minute = [.with { $0.end = .max }]
                    $0.hour = [
                        .with {
                            $0.start = 5
                            $0.end = 2
                        }
                    ]
                    $0.dayOfMonth = [
                        .with {
                            $0.start = .min
                            $0.end = 31
                        }
                    ]
                    $0.month = [
                        .with {
                            $0.start = 1
                            $0.end = 12
                        }
                    ]
                    $0.dayOfWeek = [.with { $0.end = 6 }]
                }
            ]
        }
        let found = try times(spec, "2024-03-08T03:00:00Z", "2024-03-08T07:00:00Z")
        #expect(found == ["04", "06", "07"].map { "2024-03-08T\($0):00:00Z" })
    }

    @Test func `what is due before a moment is passed over, however often it came`() throws {
        let spec = APIScheduleSpec.with {
            $0.interval = [.with { $0.interval.seconds = 1 }]
            $0.jitter.seconds = 1
        }
        let times = ScheduleTimes(try spec.canonical(), seed: 1)
        let (begin, limit) = (try moment("1990-01-01T00:00:00Z"), try moment("2024-03-08T03:00:00.5Z"))
        let found = try #require(times.next(after: begin, dueFrom: limit))
        #expect(found.actual >= limit)
        let before = try #require(times.next(after: Moment(nanoseconds: found.nominal.nanoseconds - 2_000_000_000)))
        #expect(before.actual < limit)
        #expect(times.next(after: limit, dueFrom: begin) == times.next(after: limit))
    }

    private static let zones: [(String, String, String, [String])] = [
        // A time that does not occur is left out.
        ("30 2 * * *", "2024-03-09T12:00:00Z", "2024-03-12T00:00:00Z", ["2024-03-11T06:30:00Z"]),
        // A time that occurs twice is taken twice.
        (
            "30 1 * * *", "2024-11-02T00:00:00Z", "2024-11-05T00:00:00Z",
            ["2024-11-02T05:30:00Z", "2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z", "2024-11-04T06:30:00Z"]
        ),
        (
            "30 2 * * *", "2024-11-02T00:00:00Z", "2024-11-05T00:00:00Z",
            ["2024-11-02T06:30:00Z", "2024-11-03T07:30:00Z", "2024-11-04T07:30:00Z"]
        ),
        (
            "0 * * * *", "2024-11-03T04:00:00Z", "2024-11-03T08:00:00Z",
            ["2024-11-03T05:00:00Z", "2024-11-03T06:00:00Z", "2024-11-03T07:00:00Z", "2024-11-03T08:00:00Z"]
        ),
        (
            "0 * * * *", "2024-03-10T05:00:00Z", "2024-03-10T08:00:00Z",
            ["2024-03-10T06:00:00Z", "2024-03-10T07:00:00Z", "2024-03-10T08:00:00Z"]
        ),
    ]

    @Test(arguments: zones)
    func `changes of the clocks in New York`(_ text: String, _ from: String, _ to: String, _ expected: [String]) throws
    {
        #expect(try times(cron(text, zone: "America/New_York"), from, to) == expected)
    }

    @Test func `intervals count from 1970`() throws {
        let spec = APIScheduleSpec.with { $0.interval = [.with { $0.interval.seconds = 90_000 }] }
        #expect(
            try times(spec, "2024-03-08T00:00:00Z", "2024-03-12T00:00:00Z") == [
                "2024-03-08T15:00:00Z", "2024-03-09T16:00:00Z", "2024-03-10T17:00:00Z", "2024-03-11T18:00:00Z",
            ]
        )
    }

    @Test func `the same time twice is one time`() throws {
        let spec = APIScheduleSpec.with {
            $0.cronString = ["0 12 * * *", "0 12 * * *"]
            $0.interval = [.with { $0.interval.seconds = 43_200 }]
        }
        #expect(try times(spec, "2024-03-08T00:00:00Z", "2024-03-12T00:00:00Z").count == 8)
    }

    @Test func `excluded times, a start and an end`() throws {
        var spec = APIScheduleSpec.with { $0.interval = [.with { $0.interval.seconds = 21_600 }] }
        var weekdays = spec
        weekdays.excludeCalendar = [
            .with {
                $0.dayOfWeek = "sat,sun"
                $0.hour = "*"
                $0.minute = "*"
                $0.second = "*"
            }
        ]
        #expect(
            try times(weekdays, "2024-03-08T00:00:00Z", "2024-03-12T00:00:00Z").map { $0.dropFirst(8).prefix(5) } == [
                "08T06", "08T12", "08T18", "11T00", "11T06", "11T12", "11T18", "12T00",
            ]
        )
        spec.startTime = try moment("2024-03-09T00:00:00Z").timestamp
        spec.endTime = try moment("2024-03-10T06:00:00Z").timestamp
        #expect(
            try times(spec, "2024-03-08T00:00:00Z", "2024-03-12T00:00:00Z").map { $0.dropFirst(8).prefix(5) } == [
                "09T00", "09T06", "09T12", "09T18", "10T00", "10T06",
            ]
        )
    }

    @Test(arguments: 1...20)
    func `jitter ends before the next time, be that excluded or after the end`(_ seed: UInt64) throws {
        var spec = APIScheduleSpec.with {
            $0.interval = [.with { $0.interval.seconds = 3600 }]
            $0.jitter.seconds = 6 * 3600
            $0.excludeCalendar = [
                .with {
                    $0.hour = "12-23"
                    $0.minute = "*"
                    $0.second = "*"
                }
            ]
        }
        spec.endTime = try moment("2024-03-09T03:30:00Z").timestamp
        let times = ScheduleTimes(try spec.canonical(), seed: seed)
        for (nominal, following) in [("08T11", "08T12"), ("09T03", "09T04")] {
            let due = try moment("2024-03-\(nominal):00:00Z")
            let time = try #require(times.next(after: Moment(nanoseconds: due.nanoseconds - 1)))
            #expect(time.nominal == due)
            #expect(time.actual < (try moment("2024-03-\(following):00:00Z")))
        }
    }

    @Test func `what never comes is found out`() throws {
        let never = try times(cron("0 0 30 2 *"), "2024-01-01T00:00:00Z", "2090-01-01T00:00:00Z")
        #expect(never == [])
        // Fields that a structured calendar leaves out match nothing.
        let structured = APIScheduleSpec.with { $0.structuredCalendar = [.with { $0.hour = [.with { $0.start = 1 }] }] }
        #expect(try times(structured, "2024-01-01T00:00:00Z", "2090-01-01T00:00:00Z") == [])
        let excluded = APIScheduleSpec.with {
            $0.interval = [.with { $0.interval.seconds = 3600 }]
            $0.excludeCalendar = [
                .with {
                    $0.hour = "*"
                    $0.minute = "*"
                    $0.second = "*"
                }
            ]
        }
        #expect(try times(excluded, "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z") == [])
        #expect(
            try times(cron("0 0 29 2 *"), "2024-01-01T00:00:00Z", "2033-01-01T00:00:00Z") == [
                "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z",
            ]
        )
    }

    @Test func `jitter depends on the seed and stays before the next time`() throws {
        let spec = APIScheduleSpec.with {
            $0.interval = [.with { $0.interval.seconds = 60 }]
            $0.jitter.seconds = 600
        }
        let canonical = try spec.canonical()
        func delays(_ seed: UInt64) throws -> [Int64] {
            let times = ScheduleTimes(canonical, seed: seed)
            var at = try moment("2024-01-01T00:00:00Z")
            return (0..<50).compactMap { _ in
                guard let time = times.next(after: at) else { return nil }
                at = time.nominal
                return (time.actual - time.nominal).nanoseconds
            }
        }
        let first = try delays(1)
        #expect(first == (try delays(1)))
        #expect(first != (try delays(2)))
        #expect(first.count == 50)
        #expect(first.allSatisfy { (0..<60_000_000_000).contains($0) })
        #expect(Set(first).count > 40)
    }

    private static let wrong: [(APIScheduleSpec, String)] = [
        (.with { $0.cronString = ["zz"] }, "CronString does not have 5-7 fields"),
        (.with { $0.cronString = ["0 12 * *"] }, "CronString does not have 5-7 fields"),
        (.with { $0.cronString = ["@reboot"] }, "CronString does not have 5-7 fields"),
        (
            .with {
                $0.interval = [
                    .with {
                        $0.interval.seconds = 100; $0.phase.seconds = 200
                    }
                ]
            },
            "phase cannot be greater than Interval"
        ),
        (.with { $0.interval = [.init()] }, "interval is too small"),
        (.with { $0.interval = [.with { $0.interval.seconds = -5 }] }, "interval is too small"),
        (.with { $0.interval = [.with { $0.interval.nanos = 500_000_000 }] }, "interval is too small"),
        (.with { $0.calendar = [.with { $0.hour = "25" }] }, "Hour is not in range [0-23]"),
        (.with { $0.calendar = [.with { $0.month = "foo" }] }, "Month is not in range [1-12]"),
        (
            .with { $0.structuredCalendar = [.with { $0.hour = [.with { $0.start = 30 }] }] },
            "invalid calendar spec: Hour Start is not in range [0-23]"
        ),
        (
            .with {
                $0.structuredCalendar = [
                    .with {
                        $0.hour = [
                            .with {
                                $0.start = 5; $0.end = 2
                            }
                        ]
                    }
                ]
            },
            "invalid calendar spec: Hour End is before Start or not in range [0-23]"
        ),
        (.with { $0.timezoneName = "Nowhere/X" }, "unknown time zone Nowhere/X"),
        (
            .with {
                $0.cronString = ["TZ=Asia/Tokyo 0 0 * * *", "0 0 * * *"]
            }, "conflicting timezone names"
        ),
        (
            .with {
                $0.cronString = ["0 0 * * *", "TZ=Asia/Tokyo 0 0 * * *"]
            }, "conflicting timezone names"
        ),
        (
            .with {
                $0.cronString = ["TZ=Asia/Tokyo 0 0 * * *"]
                $0.timezoneName = "Europe/Berlin"
            }, "conflicting timezone names"
        ),
        (.with { $0.cronString = ["TZ=Asia/Tokyo"] }, "CronString has time zone but missing fields"),
        (.with { $0.cronString = ["@every"] }, "CronString does not have interval after @every"),
        (.with { $0.cronString = ["@every x"] }, "time: invalid duration \"x\""),
        (.with { $0.cronString = ["? 0 * * *"] }, "Minute is not in range [0-59]"),
        (.with { $0.cronString = ["5/ 0 * * *"] }, "Minute missing step value"),
        (.with { $0.cronString = ["5/x 0 * * *"] }, "strconv.Atoi: parsing \"x\": invalid syntax"),
        (.with { $0.cronString = ["5-1 0 * * *"] }, "Minute End is before Start or not in range [0-59]"),
        (.with { $0.cronString = ["70-80 0 * * *"] }, "Minute Start is not in range [0-59]"),
        (
            .with {
                $0.calendar = [
                    .with {
                        $0.hour = "25"
                        $0.minute = "99"
                    }
                ]
            }, "Minute is not in range [0-59], Hour is not in range [0-23]"
        ),
        (
            .with { $0.calendar = [.with { $0.comment = String(repeating: "x", count: 201) }] },
            "invalid calendar spec: comment is too long"
        ),
        (.with { $0.timezoneData = Data("zone".utf8) }, "malformed time zone information"),
    ]

    @Test(arguments: wrong)
    func `what makes no sense is refused with the server's words`(_ spec: APIScheduleSpec, _ message: String) {
        #expect(throws: ScheduleProblem(message)) { try spec.canonical() }
    }

    @Test func `years have steps`() throws {
        let structured: APIScheduleSpec = .with {
            $0.structuredCalendar = [
                .with {
                    for path in [\APIStructuredCalendarSpec.second, \.minute, \.hour] {
                        $0[keyPath: path] = [.with { $0.start = 0 }]
                    }
                    $0.dayOfMonth = [.with { $0.start = 1 }]
                    $0.month = [.with { $0.start = 1 }]
                    $0.dayOfWeek = [
                        .with {
                            $0.start = 0
                            $0.end = 6
                        }
                    ]
                    $0.year = [
                        .with {
                            $0.start = 2024
                            $0.end = 2030
                            $0.step = 3
                        }
                    ]
                }
            ]
        }
        let expected = ["2024", "2027", "2030"].map { "\($0)-01-01T00:00:00Z" }
        #expect(try times(structured, "2023-01-01T00:00:00Z", "2040-01-01T00:00:00Z") == expected)
        #expect(try times(cron("0 0 1 1 * 2024-2030/3"), "2023-01-01T00:00:00Z", "2040-01-01T00:00:00Z") == expected)
    }

    @Test func `a step beyond all values leaves the first`() throws {
        let found = try times(cron("*/3000000000 * 1 1 *"), "2024-01-01T00:30:00Z", "2024-01-01T02:30:00Z")
        #expect(found == ["2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"])
    }

    @Test func `an interval that leads beyond all moments has no more times`() throws {
        let years = APIScheduleSpec.with { $0.interval = [.with { $0.interval.seconds = 100 * 365 * 86400 }] }
        let found = try times(years, "2024-01-01T00:00:00Z", "2261-01-01T00:00:00Z")
        #expect(found.map { $0.prefix(4) } == ["2069", "2169"])
        let last = ScheduleTimes(try years.canonical(), seed: 1)
        #expect(last.next(after: try moment("2200-01-01T00:00:00Z")) == nil)
        #expect(last.next(after: Moment(nanoseconds: .max)) == nil)
        #expect(last.next(after: Moment(nanoseconds: .min)) != nil)
    }

    @Test func `an end beyond all moments is the last of them`() throws {
        let spec = APIScheduleSpec.with {
            $0.interval = [.with { $0.interval.seconds = 86400 }]
            // 9999-12-31
            $0.endTime.seconds = 253_402_214_400
            // The year 1
            $0.startTime.seconds = -62_135_596_800
        }
        #expect(
            try times(spec, "2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z")
                == ["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"]
        )
    }

    @Test func `a cron string becomes a structured calendar`() throws {
        let spec = try cron("*/20 5 * * MON-FRI # why").canonical()
        #expect(spec.cronString == [])
        let calendar = try #require(spec.structuredCalendar.first)
        func ranges(_ list: [APIRange]) -> [String] { list.map { "\($0.start)-\($0.end)/\($0.step)" } }
        #expect(ranges(calendar.second) == ["0-0/1"])
        #expect(ranges(calendar.minute) == ["0-59/20"])
        #expect(ranges(calendar.hour) == ["5-5/1"])
        #expect(ranges(calendar.dayOfMonth) == ["1-31/1"])
        #expect(ranges(calendar.month) == ["1-12/1"])
        #expect(ranges(calendar.year) == [])
        #expect(ranges(calendar.dayOfWeek) == ["1-5/1"])
        #expect(calendar.comment == "why")
    }
}
