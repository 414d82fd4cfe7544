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
        private var others: [String] = []

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

        @Update func raise(_ amount: Int) async throws -> Int {
            points += amount
            return points
        }

        @Update(name: "set-limit", validator: "checkLimit", unfinished: .abandon, description: "Sets the limit.")
        func setLimit(_ limit: Int, of account: String?) -> String? { account }

        @Update func renew() {}

        func checkLimit(_ limit: Int, of account: String?) throws {
            if limit < 0 { throw Refused() }
        }

        @Signal(dynamic: true) func anySignal(_ name: String, _ arguments: DynamicArguments) {
            others.append("\(name) \(arguments.payloads.count)")
        }

        @Query(dynamic: true) func anyQuery(_ name: String, _ arguments: DynamicArguments) throws -> [String] {
            others + ["\(name) \(try arguments.decode(0, as: Int.self))"]
        }

        @Update(validator: "checkAny", dynamic: true)
        func anyUpdate(_ name: String, _ arguments: DynamicArguments) async throws -> String {
            "\(name) \(try arguments.decode(0, as: Int.self))"
        }

        private func checkAny(_ name: String, _ arguments: DynamicArguments) throws {
            if name == "refused" { throw Refused() }
        }

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

    @Workflow(dynamic: true)
    actor Anything {
        func run(_ arguments: DynamicArguments) async throws -> [Int] {
            try arguments.payloads.indices.map { try arguments.decode($0) }
        }
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

        @Activity(dynamic: true) func other(_ name: String, _ arguments: DynamicArguments) -> Int {
            arguments.payloads.count
        }

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

    @globalActor actor Database {
        static let shared = Database()
    }

    @Database @Activities
    final class Records {
        private var count = 0

        @Activity func add(_ amount: Int) -> Int {
            Database.assertIsolated()
            count += amount
            return count
        }

        @Activity func clear() {
            Database.assertIsolated()
            count = 0
        }

        @Activity nonisolated func limit() -> Int { 10 }
    }

    @Activities
    struct None: ActivityContainer {}
}
