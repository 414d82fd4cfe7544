import Foundation
import Synchronization
import TemporalClient
import Testing

@testable import TemporalWorker

/// Slots by the room that the machine has: injected usage, a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct ResourceBasedSlotTests {
    private final class Machine: ResourceMonitor {
        let state = Mutex(ResourceUsage(memory: 0.1, cpu: 0.1))

        func usage() -> ResourceUsage { state.withLock { $0 } }
        func set(memory: Double, cpu: Double) { state.withLock { $0 = ResourceUsage(memory: memory, cpu: cpu) } }
    }

    private let clock = ManualClock()
    private let machine = Machine()

    private func supplier(minimum: Int = 1, maximum: Int = 5, ramp: Duration = .zero) -> ResourceBasedSlotSupplier {
        ResourceBasedSlotSupplier(
            controller: ResourceController(
                targetMemory: 0.8,
                targetCPU: 0.9,
                monitor: machine,
                timing: clock.timing
            ),
            minimumSlots: minimum,
            maximumSlots: maximum,
            rampThrottle: ramp
        )
    }

    private func request(_ kind: SlotKind = .activity, isSticky: Bool = false) -> SlotRequest {
        SlotRequest(kind: kind, taskQueue: "queue", identity: "test", isSticky: isSticky, issued: 0)
    }

    private func issued(_ supplier: ResourceBasedSlotSupplier, _ request: SlotRequest) -> Int {
        var count = 0
        while count < 100, supplier.tryReserve(request) != nil { count += 1 }
        return count
    }

    @Test func `an idle machine gives out all slots, a full one only the least`() {
        #expect(issued(supplier(), request()) == 5)
        machine.set(memory: 0.9, cpu: 0.1)
        #expect(issued(supplier(minimum: 2), request()) == 2)
        machine.set(memory: 0.1, cpu: 0.99)
        #expect(issued(supplier(minimum: 3), request()) == 3)
    }

    @Test func `workflow tasks have a slot for each kind of poll whatever the machine does`() {
        machine.set(memory: 1, cpu: 1)
        let supplier = supplier(minimum: 1)
        #expect(supplier.tryReserve(request(.workflow, isSticky: true)) != nil)
        #expect(supplier.tryReserve(request(.workflow, isSticky: true)) == nil)
        #expect(supplier.tryReserve(request(.workflow)) != nil)
        #expect(supplier.tryReserve(request(.workflow)) == nil)
    }

    @Test func `slots above the least are given out one by one`() {
        let supplier = supplier(ramp: .milliseconds(50))
        #expect(issued(supplier, request()) == 1)
        clock.advance(by: .milliseconds(49))
        #expect(issued(supplier, request()) == 0)
        clock.advance(by: .milliseconds(1))
        #expect(issued(supplier, request()) == 1)
    }

    @Test func `who waits gets a slot when the machine has room`() async throws {
        machine.set(memory: 0.95, cpu: 0.1)
        let supplier = supplier()
        let first = try await supplier.reserve(request())
        let waiter = Task { try await supplier.reserve(request()) }
        for _ in 0..<20 {
            await clock.waitForSleeper(of: .milliseconds(10))
            clock.advance(by: .milliseconds(10))
        }
        await clock.waitForSleeper(of: .milliseconds(10))
        machine.set(memory: 0.3, cpu: 0.1)
        let time = Task {
            while !Task.isCancelled {
                clock.advance(by: .milliseconds(10))
                await Task.yield()
            }
        }
        defer { time.cancel() }
        _ = try await waiter.value
        supplier.release(first, after: nil)
    }

    @Test func `the regulator measures the distance from the target, and rises count against it`() {
        var regulator = PIDRegulator(target: 0.8)
        #expect(abs(regulator.next(0.6) - 1.0) < 1e-9)
        #expect(abs(regulator.next(0.7) - 0.4) < 1e-9)
        #expect(abs(regulator.next(0.5) - 1.7) < 1e-9)
    }

    @Test func `the machine is measured at most every 100 ms`() {
        let controller = ResourceController(targetMemory: 0.8, targetCPU: 0.9, monitor: machine, timing: clock.timing)
        #expect(controller.reading.usage.memory == 0.1)
        machine.set(memory: 0.5, cpu: 0.1)
        clock.advance(by: .milliseconds(99))
        #expect(controller.reading.usage.memory == 0.1)
        clock.advance(by: .milliseconds(1))
        #expect(controller.reading.usage.memory == 0.5)
    }

    #if os(Linux)
        @Test func `the limits of a container count where there are some`() throws {
            let root = FileManager.default.temporaryDirectory.appendingPathComponent("cgroup-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: root) }
            let group = root.appendingPathComponent("sys/fs/cgroup")
            try FileManager.default.createDirectory(at: group, withIntermediateDirectories: true)
            func write(_ text: String, to name: String) throws {
                try Data(text.utf8).write(to: group.appendingPathComponent(name))
            }
            try write("1000\n", to: "memory.max")
            try write("anon 250\nfile 700\n", to: "memory.stat")
            try write("200000 100000\n", to: "cpu.max")
            try write("usage_usec 0\n", to: "cpu.stat")
            let monitor = SystemMonitor(root: root.path + "/", now: clock.timing.now)
            #expect(monitor.usage() == ResourceUsage(memory: 0.25, cpu: 0))
            // Half of the two processors for a second.
            try write("usage_usec 1000000\n", to: "cpu.stat")
            clock.advance(by: .seconds(1))
            #expect(monitor.usage() == ResourceUsage(memory: 0.25, cpu: 0.5))
        }
    #endif

    @Test func `this machine tells its usage`() {
        let usage = SystemMonitor().usage()
        #expect((0...1).contains(usage.cpu))
        #expect(usage.memory > 0 && usage.memory <= 1)
    }
}
