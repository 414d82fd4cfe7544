import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct MethodTableTests {
    @Test func `every RPC is either answered or left out for a reason`() {
        let unclassified = ServiceMethods.all.filter { !MethodTable.isClassified($0) }.map { $0.name }
        #expect(unclassified == [])
    }

    @Test func `an RPC that is left out says which one it was`() async throws {
        let script = Script()
        let error = try await #require(throws: RPCError.self) {
            try await script.server.call(.createSchedule, APICreateScheduleRequest(), options: .default)
        }
        #expect(error.code == .unimplemented)
        #expect(error.message.contains("CreateSchedule"))
    }
}
