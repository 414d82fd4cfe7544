import Foundation
import Temporal
import Testing

@Suite struct TemporalDateTests {
    @Test(
        arguments: [
            ("2024-02-29T12:34:56+00:00", 1_709_210_096),
            ("2024-02-29T12:34:56Z", 1_709_210_096),
            ("2024-02-29t12:34:56z", 1_709_210_096),
            ("2024-02-29 12:34:56", 1_709_210_096),
            ("2024-02-29T12:34", 1_709_210_040),
            ("2024-02-29T12:34+01:00", 1_709_206_440),
            ("2024-02-29", 1_709_164_800),
            ("2024-02-29T12:34:56.123456+00:00", 1_709_210_096.123456),
            ("2024-02-29T12:34:56.123456", 1_709_210_096.123456),
            ("2024-02-29T12:34:56,5Z", 1_709_210_096.5),
            ("2024-02-29T12:34:56.500000+05:30", 1_709_190_296.5),
            ("2024-02-29T12:34:56.500-0530", 1_709_229_896.5),
            ("2024-02-29T12:34:56-05", 1_709_228_096),
            ("2024-02-29T12:34:56+01:00:30", 1_709_206_466),
            ("2024-02-29T12:34:56.123456789123Z", 1_709_210_096.123456789),
            ("1969-12-31T23:59:59.750000+00:00", -0.25),
            ("0001-01-01T00:00:00+00:00", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("2000-02-29T00:00:00Z", 951_782_400),
        ] as [(String, TimeInterval)]
    )
    func `The ISO 8601 texts of the SDKs are read`(_ text: String, _ seconds: TimeInterval) throws {
        let date = try #require(TemporalDate.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 5e-7)
        let payload = Payload(encoding: "json/plain", data: Data("\"\(text)\"".utf8))
        #expect(try PayloadConverter().decode(payload, as: Date.self) == date)
    }

    @Test(
        arguments: [
            "", "2024", "2024-02-30", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00",
            "24-01-01", "2024-1-1", "2024-02-29T", "2024-02-29T24:00:00Z", "2024-02-29T12:60:00Z",
            "2024-02-29T12:34:61Z", "2024-02-29T12:34:56.Z", "2024-02-29T12:34:56+", "2024-02-29T12:34:56+1",
            "2024-02-29T12:34:56+01:", "2024-02-29T12:34:56ZZ", "2024-02-29T12:34:56+24:00", "now",
            "２024-02-29", "2024-02-29T12:34:56.1²Z",
        ]
    )
    func `What is no ISO 8601 text is an error`(_ text: String) {
        #expect(TemporalDate.date(text) == nil)
        let payload = Payload(encoding: "json/plain", data: Data("\"\(text)\"".utf8))
        let error = #expect(throws: PayloadConversionError.self) {
            try PayloadConverter().decode(payload, as: Date.self)
        }
        #expect(error?.message.contains("is no ISO 8601 date") == true)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"),
            (-0.25, "1969-12-31T23:59:59.750Z"),
            (1_709_210_096, "2024-02-29T12:34:56Z"),
            (1_709_210_096.5, "2024-02-29T12:34:56.500Z"),
            (1_709_210_096.123456, "2024-02-29T12:34:56.123456Z"),
            (1_709_210_096.000001, "2024-02-29T12:34:56.000001Z"),
            (1_709_210_096.9999999, "2024-02-29T12:34:57Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (-2_203_891_200, "1900-03-01T00:00:00Z"),
        ] as [(TimeInterval, String)]
    )
    func `A date is written in UTC with the digits that it needs`(_ seconds: TimeInterval, _ text: String) throws {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(TemporalDate.text(date) == text)
        #expect(
            try PayloadConverter().encode(["at": date])
                == Payload(encoding: "json/plain", data: Data(#"{"at":"\#(text)"}"#.utf8))
        )
    }

    @Test(arguments: [-62_135_596_801, 253_402_300_800, .infinity, -.infinity, .nan, 1e300] as [TimeInterval])
    func `A date without an ISO 8601 form is an error`(_ seconds: TimeInterval) {
        let error = #expect(throws: PayloadConversionError.self) {
            try PayloadConverter().encode(Date(timeIntervalSince1970: seconds))
        }
        #expect(error?.message.contains("years 1 to 9999") == true)
    }

    @Test func `Microseconds survive the round trip in every year`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator)
            let date = Date(timeIntervalSince1970: TimeInterval(seconds) + 0.000001 * Double.random(in: 0..<1e6))
            let text = try #require(TemporalDate.text(date))
            let back = try #require(TemporalDate.date(text))
            // Half a microsecond of rounding, and what a Double that far from 2001 cannot tell apart.
            #expect(
                abs(back.timeIntervalSince(date)) <= 0.000_000_5 + 0.000_02
                    * (abs(date.timeIntervalSinceReferenceDate) / 1e11)
            )
            #expect(TemporalDate.text(back) == text || abs(date.timeIntervalSinceReferenceDate) > 4e9)
        }
    }

    @Test func `Every day of four centuries is written as the Gregorian calendar has it`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in stride(from: -73_000, through: 73_000, by: 1) {
            let date = Date(timeIntervalSince1970: TimeInterval(day) * 86_400)
            let text = try #require(TemporalDate.text(date))
            #expect(TemporalDate.date(text) == date)
            guard day % 97 == 0 else { continue }
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let expected = String(format: "%04d-%02d-%02dT00:00:00Z", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            #expect(text == expected)
        }
    }
}
