import Foundation
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// The order in which tasks are handed out, and how fast.
@Suite struct BacklogTests {
    private func priority(_ key: Int32 = 0, _ fairnessKey: String = "", _ weight: Float = 0) -> TaskPriority {
        TaskPriority(APIPriority(key, fairnessKey, weight))
    }

    private func numbers(_ entries: [Backlog.Entry]) -> [UInt64] {
        entries.map { entry in if case .query(let number) = entry.task { number } else { 0 } }
    }

    private func drain(_ backlog: inout Backlog) -> [UInt64] {
        var entries: [Backlog.Entry] = []
        while let entry = backlog.popFirst() { entries.append(entry) }
        return numbers(entries)
    }

    @Test func `what a task says nothing of is its workflow's, and 3 and 1 by default`() {
        let base = APIPriority(1, "tenant", 2)
        let merged = TaskPriority(APIPriority(0, "other", 0), base: base)
        #expect(merged.key == 1)
        #expect(merged.fairnessKey == "other")
        #expect(merged.weight == 2)
        #expect(priority().key == 3)
        #expect(priority().weight == 1)
        #expect(priority(9).key == 5)
        #expect(priority(1, "", -1).weight == 1)
        #expect(priority(1, "", 0.0000001).weight == 0.001)
    }

    @Test func `numbers that are none count as the standard`() {
        #expect(priority(-1).key == 3)
        #expect(priority(.min).key == 3)
        #expect(priority(1, "", .nan).weight == 1)
        #expect(priority(1, "", .infinity).weight == .infinity)
        var backlog = Backlog()
        for (number, weight) in [Float.nan, -1, 0, .infinity, .leastNonzeroMagnitude].enumerated() {
            backlog.append(.query(number: UInt64(number)), priority(-3, "\(number)", weight), weight: weight)
        }
        #expect(Set(drain(&backlog)) == [0, 1, 2, 3, 4])
    }

    /// Whatever comes in and goes out, what goes out next is of the best priority that waits, and within one priority
    /// and one fairness key first come, first served.
    @Test(arguments: 0..<50)
    func `the best priority first, and first come, first served`(_ seed: UInt64) throws {
        var random = IdentifierSource(seed: seed)
        var backlog = Backlog()
        var waiting: [(number: UInt64, priority: Int32, fairnessKey: String)] = []
        let hasKeys = seed % 2 == 1
        for number in 1...400 as ClosedRange<UInt64> {
            if random.next() % 3 > 0 {
                let key = Int32(random.next() % 6)
                let fairnessKey = hasKeys ? "f\(random.next() % 3)" : ""
                backlog.append(.query(number: number), priority(key, fairnessKey))
                waiting.append((number, key == 0 ? 3 : key, fairnessKey))
            } else {
                let next = backlog.popFirst()
                guard let next, case .query(let taken) = next.task else {
                    #expect(waiting.isEmpty)
                    continue
                }
                let index = try #require(waiting.firstIndex { $0.number == taken })
                let best = try #require(waiting.map(\.priority).min())
                #expect(waiting[index].priority == best)
                let rivals = waiting.filter { $0.priority == best && $0.fairnessKey == waiting[index].fairnessKey }
                #expect(rivals.first?.number == taken)
                waiting.remove(at: index)
            }
            #expect(backlog.count == waiting.count)
        }
        #expect(Set(drain(&backlog)) == Set(waiting.map(\.number)))
    }

    @Test func `fairness keys take turns, however many tasks one of them has`() {
        var backlog = Backlog()
        for number in 1...100 as ClosedRange<UInt64> { backlog.append(.query(number: number), priority(3, "large")) }
        for number in 201...203 as ClosedRange<UInt64> { backlog.append(.query(number: number), priority(3, "small")) }
        #expect(Array(drain(&backlog).prefix(6)) == [1, 201, 2, 202, 3, 203])
    }

    @Test func `weights decide how large the shares are`() {
        var backlog = Backlog()
        for number in 1...300 as ClosedRange<UInt64> { backlog.append(.query(number: number), priority(3, "heavy", 3)) }
        for number in 1001...1300 as ClosedRange<UInt64> {
            backlog.append(.query(number: number), priority(3, "light", 1))
        }
        let first = drain(&backlog).prefix(200)
        let heavy = first.filter { $0 < 1000 }.count
        #expect((148...152).contains(heavy))
    }

    @Test func `a key that comes later does not get the turns that it missed`() {
        var backlog = Backlog()
        for number in 1...100 as ClosedRange<UInt64> { backlog.append(.query(number: number), priority(3, "early")) }
        for _ in 1...50 { backlog.popFirst() }
        for number in 201...210 as ClosedRange<UInt64> { backlog.append(.query(number: number), priority(3, "late")) }
        let next = Array(drain(&backlog).prefix(8))
        #expect(next.filter { $0 > 200 }.count == 4)
    }

    @Test func `a limit lets the tasks of a second through at once, and then one after another`() {
        var limit = DispatchLimit()
        var now = Moment(nanoseconds: 1_700_000_000_000_000_000)
        var passed = 0
        while limit.ready <= now {
            limit.consume(at: now, rate: 10)
            passed += 1
        }
        // Those of the burst, and the one at its end.
        #expect(passed == 11)
        var times: [Int64] = []
        for _ in 0..<5 {
            now = limit.ready
            limit.consume(at: now, rate: 10)
            times.append(limit.ready.nanoseconds - now.nanoseconds)
        }
        #expect(times == Array(repeating: 100_000_000, count: 5))
        limit.consume(at: now, rate: 0)
        #expect(limit.ready == DispatchLimit.never)
        limit.clip(at: now, rate: 10)
        #expect(limit.ready == now + Span(nanoseconds: 1_100_000_000))
    }
}

extension APIPriority {
    fileprivate init(_ key: Int32, _ fairnessKey: String, _ weight: Float) {
        self.init()
        priorityKey = key
        self.fairnessKey = fairnessKey
        fairnessWeight = weight
    }
}
