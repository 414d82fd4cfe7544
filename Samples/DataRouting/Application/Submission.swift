import Foundation
import Logging
import Temporal
import TemporalClient

/// Sends packets, and waits until they are delivered or given up.
struct Submission: Sendable {
    /// What became of one packet.
    enum Outcome: Sendable {
        /// It was delivered or given up.
        case packet(Packet)
        /// It is not known, and why.
        case unknown(String)

        /// The packet, if its end is known.
        var packet: Packet? {
            if case .packet(let packet) = self { packet } else { nil }
        }

        /// Why the end is not known.
        var problem: String? {
            if case .unknown(let problem) = self { problem } else { nil }
        }
    }

    /// What starts the workflows.
    var client: TemporalClient
    /// The task queue of the worker.
    var taskQueue: String
    /// What they are started with.
    var requests: [RoutingRequest]
    /// Where progress goes.
    var logger: Logger

    /// Starts a workflow for each packet, all at once, and waits for their ends.
    ///
    /// - Returns: The outcomes, in the order of the packets.
    /// - Throws: `CancellationError` if the task is cancelled. The workflows go on.
    func run() async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            for (number, request) in requests.enumerated() {
                group.addTask { (number, try await send(request)) }
            }
            var outcomes: [(Int, Outcome)] = []
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func send(_ request: RoutingRequest) async throws -> Outcome {
        let id = "packet-\(UUID().uuidString.lowercased())"
        var logger = logger
        logger[metadataKey: "workflow_id"] = "\(id)"
        let start = ContinuousClock.now
        do {
            let handle = try await client.startWorkflow(
                DataRouting.self,
                request,
                options: WorkflowOptions(id: id, taskQueue: taskQueue)
            )
            logger.info("Started for packet \(request.packet.id)")
            let packet = try await handle.result()
            logger.notice("Ended as \(packet.status.rawValue) after \((.now - start).formatted)")
            return .packet(packet)
        } catch let error as WorkflowFailedError {
            logger.error("Failed after \((.now - start).formatted): \(error.cause.message)")
            return lastState(of: error).map(Outcome.packet) ?? .unknown("\(error)")
        } catch let error where !(error is CancellationError) {
            return .unknown("Packet \(request.packet.id): \(error)")
        }
    }

    /// The packet as its workflow left it when it could not find a route.
    private func lastState(of error: WorkflowFailedError) -> Packet? {
        guard let cause = error.cause as? ApplicationError, let detail = cause.details.first else { return nil }
        return try? client.converter.decode(detail, as: Packet.self)
    }
}

/// What is printed for a packet.
struct RoutingResult: Encodable {
    /// The packet at its end.
    var packet: Packet

    private enum CodingKeys: String, CodingKey {
        case packet = "Packet"
    }

    /// The result as JSON on several lines.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
