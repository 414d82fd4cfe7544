import Foundation
import Testing

@testable import Temporal

@Suite struct DefinitionTests {
    // MARK: The same with macros and by hand

    /// What identifies a definition from the outside.
    private func outline<Definer: Workflow>(_ type: Definer.Type) -> [String] {
        let definition = type.definition
        return [definition.name]
            + definition.handlers.map { handler in
                switch handler.kind {
                case .signal(let policy, _): "signal \(handler.name ?? "*")" + (policy == .abandon ? " abandoned" : "")
                case .query: "query \(handler.name ?? "*")"
                case .update(let policy, _, _):
                    "update \(handler.name ?? "*")" + (policy == .abandon ? " abandoned" : "")
                }
            }
    }

    @Test func `Macros make the definitions that one writes by hand`() {
        let loyalty = [
            "Loyalty", "signal add", "signal reset-points", "signal raw", "query total", "query entries",
            "query default", "query check", "update raise", "update set-limit abandoned", "update renew", "signal *",
            "query *", "update *",
        ]
        #expect(outline(WithMacros.Loyalty.self) == loyalty)
        #expect(outline(ByHand.Loyalty.self) == loyalty)
        #expect(outline(WithMacros.Delivery.self) == ["with-input"])
        #expect(outline(ByHand.Delivery.self) == ["with-input"])
        #expect(outline(WithMacros.Nothing.self) == ["Nothing"])
        #expect(outline(ByHand.Nothing.self) == ["Nothing"])
    }

    @Test func `Macros make the types of run that one writes by hand`() {
        #expect(WithMacros.Loyalty.RunInputs.self == ByHand.Loyalty.RunInputs.self)
        #expect(WithMacros.Loyalty.RunOutput.self == ByHand.Loyalty.RunOutput.self)
        #expect(WithMacros.Delivery.RunInputs.self == ByHand.Delivery.RunInputs.self)
        #expect(WithMacros.Delivery.RunOutput.self == ByHand.Delivery.RunOutput.self)
        #expect(WithMacros.Nothing.RunInputs.self == ByHand.Nothing.RunInputs.self)
        #expect(WithMacros.Nothing.RunOutput.self == ByHand.Nothing.RunOutput.self)
    }

    @Test func `A worker knows the queries in the order of the source`() throws {
        let run = try StubRun(WithMacros.Loyalty.self, 1, Int?.none)
        #expect(run.handlers.queryNames == ["total", "entries", "default", "check"])
        #expect(run.handlers.signalNames == ["add", "reset-points", "raw"])
        #expect(run.handlers.updateNames == ["raise", "set-limit", "renew"])
    }

    // MARK: The same behaviour

    @Test(.timeLimit(.minutes(1)))
    func `A workflow runs and answers, with macros`() async throws {
        try await exercise(WithMacros.Loyalty.self)
    }

    @Test(.timeLimit(.minutes(1)))
    func `A workflow runs and answers, by hand`() async throws {
        try await exercise(ByHand.Loyalty.self)
    }

    private func exercise<Definer: Workflow>(_ type: Definer.Type) async throws {
        let run = try StubRun(type, 5, Int?.some(2))
        try await run.signal("add", 3, "gold")
        try await run.signal("add", 4)
        try await run.signal("raw", Data([1]))
        #expect(try await run.result() == 14)
        #expect(try await run.query("total") == 14)
        #expect(try await run.query("entries", 1, as: [String].self) == ["-", "binary/plain"])
        let packet = Packet(route: "A")
        #expect(try await run.query("entries", 0, packet, as: [String].self) == ["gold", "-", "binary/plain", "A"])
        #expect(try await run.query("default", as: Payload.self) == Payload(encoding: "my/own", data: Data([1])))
        #expect(try await run.query("check", as: Int?.self) == nil)
        try await run.signal("reset-points")
        #expect(try await run.query("total") == 0)
        #expect(try await run.update("raise", 5, as: Int.self) == 5)
        #expect(try await run.update("set-limit", 20, "gold", as: String?.self) == "gold")
        #expect(try await run.update("renew", as: Int?.self) == nil)
        await #expect(throws: Refused.self) { try await run.update("set-limit", -1, as: String?.self) }

        await #expect(throws: PayloadConversionError.self) { try await run.update("raise", as: Int.self) }
        try await run.signal("whatever", 1, "two")
        #expect(try await run.query("anything", 3, as: [String].self) == ["whatever 2", "anything 3"])
        #expect(try await run.update("other", 4, as: String.self) == "other 4")
        await #expect(throws: Refused.self) { try await run.update("refused", as: String.self) }
        await #expect(throws: Refused.self) { try await run.signal("add", -1) }
        await #expect(throws: Refused.self) { try await run.query("entries", 9, as: [String].self) }
        await #expect(throws: PayloadConversionError.self) { try await run.signal("add", "text") }
        await #expect(throws: PayloadConversionError.self) { try await run.query("entries", as: [String].self) }
    }

    @Test(.timeLimit(.minutes(1)))
    func `Every step of a workflow runs on the executor of its context`() async throws {
        for type in [WithMacros.Loyalty.self, ByHand.Loyalty.self] as [any Workflow.Type] {
            let run = try stubRun(type)
            _ = try await run.instance.run()
            let jobs = run.runtime.executor.jobCount
            #expect(jobs > 0)
            try await run.signal("reset-points")
            #expect(run.runtime.executor.jobCount > jobs)
        }
    }

    private func stubRun<Definer: Workflow>(_ type: Definer.Type) throws -> StubRun { try StubRun(type, 1) }

    @Test(.timeLimit(.minutes(1)))
    func `A missing trailing argument of run is nil`() async throws {
        #expect(try await StubRun(WithMacros.Loyalty.self, 5).result() == 5)
        await #expect(throws: PayloadConversionError.self) {
            try await StubRun(WithMacros.Loyalty.self).result(as: Int.self)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `A workflow that is made with its input gets it`() async throws {
        let packet = Packet(route: "A", size: 2)
        #expect(try await StubRun(WithMacros.Delivery.self, packet, 7).result() == Packet(route: "A", size: 7))
        #expect(try await StubRun(ByHand.Delivery.self, packet).result() == packet)
        #expect(throws: Refused.self) { try StubRun(WithMacros.Delivery.self, Packet(size: 0)) }
        #expect(throws: PayloadConversionError.self) { try StubRun(WithMacros.Delivery.self, "text") }
    }

    @Test(.timeLimit(.minutes(1)))
    func `A workflow without input and result has a null result`() async throws {
        let null = Payload(encoding: "binary/null", data: Data())
        #expect(try await StubRun(WithMacros.Nothing.self).instance.run() == null)
        #expect(try await StubRun(ByHand.Nothing.self, "surplus").instance.run() == null)
    }

    // MARK: Activities

    @Test func `Macros make the activities that one writes by hand`() {
        let names = ["next", "note-it", "echo", "other", "total"]
        #expect(WithMacros.Routes(prefix: "").activities.map(\.name) == names)
        #expect(ByHand.Routes(prefix: "").activities.map(\.name) == names)
        #expect(WithMacros.Routes(prefix: "").activities.filter(\.isDynamic).map(\.name) == ["other"])
        #expect(ByHand.Routes(prefix: "").activities.filter(\.isDynamic).map(\.name) == ["other"])
        #expect(WithMacros.Counter().activities.map(\.name) == ["up", "limit"])
        #expect(WithMacros.None().activities.isEmpty)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `An activity decodes its arguments, runs on its instance and encodes its result`(_ byHand: Bool) async throws {
        let container: any ActivityContainer = byHand ? ByHand.Routes(prefix: "=") : WithMacros.Routes(prefix: "=")
        #expect(try await call(container, "next", Packet(), ["A", "B"], as: String.self) == "=AB")
        #expect(try await call(container, "next", Packet(), as: String.self) == "=none")
        #expect(try await call(container, "note-it", as: Int?.self) == nil)
        #expect(try await call(container, "total", 1, 2.5, "3", as: Double?.self) == 6.5)
        #expect(try await call(container, "total", 1, 2.5, "x", as: Double?.self) == nil)
        let raw = Payload(encoding: "my/own", data: Data([1]))
        #expect(try await call(container, "echo", raw, as: Payload.self) == raw)
        await #expect(throws: Refused.self) { try await call(container, "next", Packet(size: 0), as: String.self) }
        let error = await #expect(throws: PayloadConversionError.self) {
            try await call(container, "total", 1, as: Double?.self)
        }
        #expect(error?.message == "Activity 'total', argument 2 of type Double is missing: 1 came.")
    }

    @Test(.timeLimit(.minutes(1)))
    func `Activities of an actor and of the main actor run there`() async throws {
        let counter = WithMacros.Counter()
        #expect(try await call(counter, "up", 2, as: Int.self) == 2)
        #expect(try await call(counter, "up", 3, as: Int.self) == 5)
        #expect(try await call(counter, "limit", as: Int.self) == 10)
        let screen = WithMacros.Screen()
        #expect(try await call(screen, "show", "text", as: Int.self) == 1)
        #expect(await screen.shown == ["text"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `Activities of a global actor of any name run there`() async throws {
        let records = WithMacros.Records()
        #expect(try await call(records, "add", 2, as: Int.self) == 2)
        _ = try await call(records, "clear", as: Int?.self)
        #expect(try await call(records, "add", 3, as: Int.self) == 3)
        #expect(try await call(records, "limit", as: Int.self) == 10)
        #expect(WithMacros.Records.add.name == "add")
    }

    private func call<each Input: Codable & Sendable, Output: Codable>(
        _ container: any ActivityContainer,
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type
    ) async throws -> Output {
        let converter = PayloadConverter()
        let definition = try #require(container.activities.first { $0.name == name })
        let payloads = try ArgumentReader.encode(repeat each input, converter: converter)
        return try converter.decode(await definition.run(payloads, converter), as: type)
    }
}
