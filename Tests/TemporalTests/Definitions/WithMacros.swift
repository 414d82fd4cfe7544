import Foundation
import Temporal

struct Packet: Codable, Sendable, Hashable {
    var route: String?
    var size = 1
}

struct Refused: Error {}

/// Definitions as authors write them with macros. `ByHand` holds the same without.
enum WithMacros {
    @Workflow
    actor Loyalty {
        private var points = 0
        private var log: [String] = []

        func run(_ start: Int, bonus: Int?) async throws -> Int {
            points += start + (bonus ?? 0)
            if points < 0 { throw Refused() }
            return points
        }

        @Signal func add(_ amount: Int, to account: String?) async throws {
            if amount < 0 { throw Refused() }
            points += amount
            log.append(account ?? "-")
        }

        @Signal(name: "reset-points") func reset() { points = 0 }

        @Signal func raw(_ payload: Payload) { log.append(payload.encoding) }

        @Query func total() -> Int { points }

        @Query(name: "entries") func listed(from first: Int, packet: Packet?) throws -> [String] {
            guard first <= log.count else { throw Refused() }
            return log[first...] + (packet?.route.map { [$0] } ?? [])
        }

        @Query func `default`() -> Payload { Payload(encoding: "my/own", data: Data([1])) }

        @Query func check() {}

        /// Not a handler.
        func helper() {}
    }

    @Workflow(name: "with-input")
    actor Delivery {
        let packet: Packet

        init(context: WorkflowContext, packet: Packet, _ size: Int?) throws {
            guard packet.size > 0 else { throw Refused() }
            self.context = context
            self.packet = Packet(route: packet.route, size: size ?? packet.size)
        }

        func run(_ packet: Packet, size: Int?) -> Packet { self.packet }
    }

    @Workflow
    actor Nothing {
        func run() {}
    }

    @Activities
    struct Routes {
        var prefix: String

        @Activity func next(_ packet: Packet, after failed: [String]?) async throws -> String {
            if packet.size < 1 { throw Refused() }
            return prefix + (failed?.joined() ?? "none")
        }

        @Activity(name: "note-it") func note() {}

        @Activity func echo(_ payload: Payload) -> Payload { payload }

        @Activity func total(_ first: Int, _ second: Double, third: String) -> Double? {
            Double(third).map { Double(first) + second + $0 }
        }
    }

    @Activities
    actor Counter {
        private var count = 0

        @Activity func up(_ amount: Int) -> Int {
            count += amount
            return count
        }

        @Activity nonisolated func limit() async -> Int { 10 }
    }

    @Activities @MainActor
    final class Screen {
        var shown: [String] = []

        @Activity func show(_ text: String) -> Int {
            shown.append(text)
            return shown.count
        }
    }

    @Activities
    struct None: ActivityContainer {}
}
