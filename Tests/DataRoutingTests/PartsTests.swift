import ArgumentParser
import Foundation
import Temporal
import Testing

@testable import DataRouting

/// The parts of the application that need no Temporal Service.
struct PartsTests {
    @Test
    func `The result is printed with the keys of the demo in other languages`() throws {
        var packet = Packet()
        packet.currentRouteProvider = "RouteA"
        packet.status = .delivered
        #expect(
            try RoutingResult(packet: packet).json() == """
                {
                  "Packet" : {
                    "Contents" : "SGVsbG8=",
                    "CurrentRouteProvider" : "RouteA",
                    "Destination" : "+016660002222",
                    "FailedRouteProviders" : null,
                    "ID" : "00000000-0000-0000-0000-000000000000",
                    "Source" : "+017771110000",
                    "Status" : "STATUS_DELIVERED"
                  }
                }
                """
        )
    }

    @Test(arguments: [[], ["RouteA"], ["RouteA", "RouteB"]])
    func `A packet survives being encoded`(failed: [String]) throws {
        var packet = Packet(contents: Data([0, 255, 62]))
        packet.failedRouteProviders = failed
        #expect(try JSONDecoder().decode(Packet.self, from: try JSONEncoder().encode(packet)) == packet)
    }

    @Test(arguments: 0..<6)
    func `A task token survives a URL`(length: Int) {
        let token = Data((0..<length + 1).map { UInt8(truncatingIfNeeded: 251 + 17 * $0) })
        let text = TaskTokenText.encode(token)
        #expect(!text.contains { "+/=%".contains($0) })
        #expect(TaskTokenText.decode(text) == token)
    }

    @Test(arguments: ["", "!", "AA==", "A+A/", "A"])
    func `Other text is no task token`(text: String) {
        #expect(TaskTokenText.decode(text) == nil)
    }

    @Test
    func `With a seed the same question has the same answer, and different ones spread`() {
        let questions = (0..<1000).map { "question \($0)" }
        let numbers = questions.map { Chance(seed: 7).number(for: $0) }
        #expect(questions.map { Chance(seed: 7).number(for: $0) } == numbers)
        #expect(questions.map { Chance(seed: 8).number(for: $0) } != numbers)
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        // Two standard deviations of the mean of a thousand numbers are 0.018.
        #expect(abs(numbers.reduce(0, +) / 1000 - 0.5) < 0.05)
    }

    @Test
    func `Providers are tried in order, and there is none after the last`() async throws {
        let routes = RouteService(errorChance: 0, chance: Chance())
        var packet = Packet()
        for provider in ["RouteA", "RouteB", "RouteC", "RouteD", "RouteE"] {
            #expect(try await routes.route(for: packet, attempt: 1) == Route(provider))
            packet.failedRouteProviders.append(provider)
        }
        let error = await #expect(throws: ApplicationError.self) { try await routes.route(for: packet, attempt: 1) }
        #expect(error?.nonRetryable == true)
    }

    @Test
    func `Asking for a route fails as often as it was told to`() async throws {
        let always = RouteService(errorChance: 1, chance: Chance())
        let error = await #expect(throws: ApplicationError.self) { try await always.route(for: Packet(), attempt: 1) }
        #expect(error?.message == "IO Error: network disconnect")
        let sometimes = RouteService(errorChance: 0.1, chance: Chance(seed: 1))
        var failures = 0
        for attempt in 1...1000 {
            do {
                _ = try await sometimes.route(for: Packet(), attempt: attempt)
            } catch {
                failures += 1
            }
        }
        #expect((70...130).contains(failures))
    }

    @Test
    func `Answers are taken once they are due, the earliest first`() {
        let callbacks = Callbacks()
        let now = ContinuousClock.now
        for seconds in [3, 1, 2] {
            callbacks.add(.init(due: now + .seconds(seconds), taskToken: Data(), title: "\(seconds)"))
        }
        #expect(callbacks.takeDue(at: now) == [])
        #expect(callbacks.takeDue(at: now + .seconds(2)).map(\.title) == ["1", "2"])
        #expect(callbacks.takeDue(at: now + .seconds(2)) == [])
        #expect(callbacks.count == 1)
    }

    @Test(arguments: [
        ["--packets", "0"], ["--packets", "many"], ["--do", "nothing"], ["--error-chance", "1.5"],
        ["--callback-chance", "-1"], ["--transmit-port", "65536"], ["--transmit-url", "ftp:x"],
        ["--log-level", "loud"],
        ["--transmit-packet-max-attempts", "6"], ["--transmit-timeout", "nan"], ["--unknown"],
    ])
    func `Wrong arguments are refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try DataRoutingCommand.parse(arguments) }
    }

    @Test
    func `Packets of one submission differ in their ids only`() throws {
        let command = try DataRoutingCommand.parse(["--do", "submit", "--packets", "300", "--contents", "Hi"])
        let packets = command.packets.requests.map(\.packet)
        #expect(Set(packets.map(\.id)).count == 300)
        #expect(packets[0].id.uuidString == "00000000-0000-0000-0000-000000000000")
        #expect(Set(packets.map(\.contents)) == [Data("Hi".utf8)])
    }
}
