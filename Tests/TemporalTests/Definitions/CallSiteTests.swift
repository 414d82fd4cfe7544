import Foundation
import Temporal
import Testing

/// That these compile is most of the test: the compiler picks the reference, not the method of the same name.
@Suite struct CallSiteTests {
    private func activity<each Input, Output>(
        _ reference: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input
    ) throws -> (name: String, count: Int, output: String) {
        (
            reference.name, try ArgumentReader.encode(repeat each input, converter: PayloadConverter()).count,
            "\(Output.self)"
        )
    }

    private func signal<Target: Workflow, each Input>(
        _ reference: SignalReference<Target, repeat each Input>,
        _ input: repeat each Input
    ) throws -> (name: String, count: Int) {
        (reference.name, try ArgumentReader.encode(repeat each input, converter: PayloadConverter()).count)
    }

    private func query<Target: Workflow, each Input, Output>(
        _ reference: QueryReference<Target, repeat each Input, Output>,
        _ input: repeat each Input,
        answer: Output
    ) throws -> (name: String, count: Int) {
        (reference.name, try ArgumentReader.encode(repeat each input, converter: PayloadConverter()).count)
    }

    private func workflow<Definer: Workflow, each Input>(
        _ type: Definer.Type,
        _ input: repeat each Input
    ) throws -> Int where Definer.RunInputs == Inputs<repeat each Input> {
        try ArgumentReader.encode(repeat each input, converter: PayloadConverter()).count
    }

    @Test func `An activity is called with its types`() throws {
        let next = try activity(WithMacros.Routes.next, Packet(), nil)
        #expect(next == ("next", 2, "String"))
        #expect(try activity(WithMacros.Routes.next, Packet(), ["A"]) == ("next", 2, "String"))
        #expect(try activity(WithMacros.Routes.note) == ("note-it", 0, "()"))
        let raw = Payload(encoding: "my/own", data: Data())
        #expect(try activity(WithMacros.Routes.echo, raw) == ("echo", 1, "Payload"))
        #expect(try activity(WithMacros.Routes.total, 1, 2, "3") == ("total", 3, "Optional<Double>"))
        #expect(try activity(WithMacros.Counter.up, 1) == ("up", 1, "Int"))
        #expect(try activity(WithMacros.Counter.limit) == ("limit", 0, "Int"))
        #expect(try activity(WithMacros.Screen.show, "x") == ("show", 1, "Int"))
        #expect(try activity(ActivityReference<Int, String>(name: "elsewhere"), 1) == ("elsewhere", 1, "String"))
    }

    @Test func `A signal is sent with its types`() throws {
        #expect(try signal(WithMacros.Loyalty.add, 1, nil) == ("add", 2))
        #expect(try signal(WithMacros.Loyalty.add, 1, "gold") == ("add", 2))
        #expect(try signal(WithMacros.Loyalty.reset) == ("reset-points", 0))
        #expect(try signal(WithMacros.Loyalty.raw, Payload(encoding: "my/own", data: Data())) == ("raw", 1))
    }

    @Test func `A query is asked with its types`() throws {
        #expect(try query(WithMacros.Loyalty.total, answer: 1) == ("total", 0))
        #expect(try query(WithMacros.Loyalty.listed, 0, nil, answer: []) == ("entries", 2))
        #expect(try query(WithMacros.Loyalty.listed, 0, Packet(), answer: ["A"]) == ("entries", 2))
        let raw = Payload(encoding: "my/own", data: Data())
        #expect(try query(WithMacros.Loyalty.`default`, answer: raw) == ("default", 0))
        #expect(try query(WithMacros.Loyalty.check, answer: ()) == ("check", 0))
    }

    @Test func `A workflow is started with its types`() throws {
        #expect(try workflow(WithMacros.Loyalty.self, 1, nil) == 2)
        #expect(try workflow(WithMacros.Delivery.self, Packet(), 1) == 2)
        #expect(try workflow(WithMacros.Nothing.self) == 0)
        #expect(try workflow(ByHand.Loyalty.self, 1, 2) == 2)
    }

    @Test func `The methods stay callable`() async {
        let counter = WithMacros.Counter()
        #expect(await counter.up(2) == 2)
        let routes = WithMacros.Routes(prefix: "")
        #expect(routes.total(1, 2, third: "3") == 6)
    }
}
