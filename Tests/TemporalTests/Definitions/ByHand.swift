import Foundation
import Temporal

/// The definitions of `WithMacros` written by hand: no macro is needed for anything.
enum ByHand {
    actor Loyalty: Workflow {
        static let definition = WorkflowDefinition<Loyalty>(
            name: "Loyalty",
            create: { Loyalty(context: $0) },
            run: { (workflow: isolated Loyalty, start: Int, bonus: Int?) in
                try await workflow.run(start, bonus: bonus)
            },
            handlers: [
                .signal(add) { (workflow: isolated Loyalty, amount: Int, account: String?) in
                    try await workflow.add(amount, to: account)
                },
                .signal(reset) { (workflow: isolated Loyalty) in workflow.reset() },
                .signal(raw) { (workflow: isolated Loyalty, payload: Payload) in workflow.raw(payload) },
                .query(total) { (workflow: isolated Loyalty) in workflow.points },
                .query(listed) { (workflow: isolated Loyalty, first: Int, packet: Packet?) in
                    try workflow.listed(from: first, packet: packet)
                },
                .query(standard) { (_: isolated Loyalty) in Payload(encoding: "my/own", data: Data([1])) },
                .query(check) { (_: isolated Loyalty) in },
                .update(raise) { (workflow: isolated Loyalty, amount: Int) in try await workflow.raise(amount) },
                .update(
                    setLimit,
                    unfinished: .abandon,
                    description: "Sets the limit.",
                    validator: { (workflow: isolated Loyalty, limit: Int, account: String?) in
                        try workflow.checkLimit(limit, of: account)
                    }
                ) { (_: isolated Loyalty, _: Int, account: String?) in account },
                .update(renew) { (_: isolated Loyalty) in },
                .dynamicSignal { (workflow: isolated Loyalty, name: String, arguments: DynamicArguments) in
                    workflow.others.append("\(name) \(arguments.payloads.count)")
                },
                .dynamicQuery { (workflow: isolated Loyalty, name: String, arguments: DynamicArguments) in
                    workflow.others + ["\(name) \(try arguments.decode(0, as: Int.self))"]
                },
                .dynamicUpdate(
                    validator: { (_: isolated Loyalty, name: String, _: DynamicArguments) in
                        if name == "refused" { throw Refused() }
                    }
                ) { (_: isolated Loyalty, name: String, arguments: DynamicArguments) in
                    "\(name) \(try arguments.decode(0, as: Int.self))"
                },
            ]
        )

        static let add = SignalReference<Loyalty, Int, String?>(name: "add")
        static let reset = SignalReference<Loyalty>(name: "reset-points")
        static let raw = SignalReference<Loyalty, Payload>(name: "raw")
        static let total = QueryReference<Loyalty, Int>(name: "total")
        static let listed = QueryReference<Loyalty, Int, Packet?, [String]>(name: "entries")
        static let standard = QueryReference<Loyalty, Payload>(name: "default")
        static let check = QueryReference<Loyalty, Void>(name: "check")
        static let raise = UpdateReference<Loyalty, Int, Int>(name: "raise")
        static let setLimit = UpdateReference<Loyalty, Int, String?, String?>(name: "set-limit")
        static let renew = UpdateReference<Loyalty, Void>(name: "renew")

        typealias RunInputs = Inputs<Int, Int?>
        typealias RunOutput = Int

        nonisolated let context: WorkflowContext
        private var points = 0
        private var log: [String] = []
        private var others: [String] = []

        init(context: WorkflowContext) {
            self.context = context
        }

        func run(_ start: Int, bonus: Int?) async throws -> Int {
            points += start + (bonus ?? 0)
            if points < 0 { throw Refused() }
            return points
        }

        func add(_ amount: Int, to account: String?) async throws {
            if amount < 0 { throw Refused() }
            points += amount
            log.append(account ?? "-")
        }

        func reset() { points = 0 }

        func raise(_ amount: Int) async throws -> Int {
            points += amount
            return points
        }

        func checkLimit(_ limit: Int, of account: String?) throws {
            if limit < 0 { throw Refused() }
        }

        func raw(_ payload: Payload) { log.append(payload.encoding) }

        func listed(from first: Int, packet: Packet?) throws -> [String] {
            guard first <= log.count else { throw Refused() }
            return log[first...] + (packet?.route.map { [$0] } ?? [])
        }
    }

    actor Delivery: Workflow {
        static let definition = WorkflowDefinition<Delivery>(
            name: "with-input",
            createWithInput: { (context: WorkflowContext, packet: Packet, size: Int?) in
                try Delivery(context: context, packet: packet, size)
            },
            run: { (workflow: isolated Delivery, _: Packet, _: Int?) in workflow.packet }
        )

        typealias RunInputs = Inputs<Packet, Int?>
        typealias RunOutput = Packet

        nonisolated let context: WorkflowContext
        let packet: Packet

        init(context: WorkflowContext, packet: Packet, _ size: Int?) throws {
            guard packet.size > 0 else { throw Refused() }
            self.context = context
            self.packet = Packet(route: packet.route, size: size ?? packet.size)
        }
    }

    actor Nothing: Workflow {
        static let definition = WorkflowDefinition<Nothing>(
            name: "Nothing",
            create: { Nothing(context: $0) },
            run: { (_: isolated Nothing) in }
        )

        typealias RunInputs = Inputs<>
        typealias RunOutput = Void

        nonisolated let context: WorkflowContext

        init(context: WorkflowContext) {
            self.context = context
        }
    }

    struct Routes: ActivityContainer {
        static let next = ActivityReference<Packet, [String]?, String>(name: "next")
        static let note = ActivityReference<Void>(name: "note-it")
        static let echo = ActivityReference<Payload, Payload>(name: "echo")
        static let total = ActivityReference<Int, Double, String, Double?>(name: "total")

        var prefix: String

        var activities: [ActivityDefinition] {
            [
                ActivityDefinition(Self.next) { packet, failed in
                    if packet.size < 1 { throw Refused() }
                    return prefix + (failed?.joined() ?? "none")
                },
                ActivityDefinition(Self.note) {},
                ActivityDefinition(Self.echo) { $0 },
                ActivityDefinition(dynamic: "other") { _, arguments in arguments.payloads.count },
                ActivityDefinition(Self.total) { first, second, third in
                    Double(third).map { Double(first) + second + $0 }
                },
            ]
        }
    }
}
