import Logging
import Temporal

/// Delivers a packet: asks for a route, gives the packet to its provider, and goes on to the next if that one fails.
@Workflow
actor DataRouting {
    private var packet: Packet

    /// Takes the packet before the first step, so that it can be queried from then on.
    init(context: WorkflowContext, request: RoutingRequest) {
        self.context = context
        packet = request.packet
    }

    /// Tries providers until one delivers or too many have failed.
    ///
    /// - Parameter request: The packet, and how much trouble to take with it.
    /// - Returns: The packet, delivered or given up.
    /// - Throws: `ApplicationError` if no route could be found. Its detail is the packet.
    func run(_ request: RoutingRequest) async throws -> Packet {
        while packet.status != .delivered, packet.failedRouteProviders.count < request.transmitPacketMaxAttempts {
            let route = try await nextRoute(request)
            packet.currentRouteProvider = route.provider
            if try await transmit(request) {
                packet.status = .delivered
                context.logger.info("\(route.provider) has delivered the packet")
            } else {
                packet.failedRouteProviders.append(route.provider)
                packet.currentRouteProvider = ""
            }
        }
        if packet.status != .delivered {
            packet.status = .undelivered
            context.logger.warning("Given up after \(packet.failedRouteProviders.joined(separator: ", "))")
        }
        return packet
    }

    /// What has become of the packet up to now.
    @Query
    func status() -> Packet.Status { packet.status }

    /// The packet as it is now: who has it, and who has failed.
    @Query
    func currentPacket() -> Packet { packet }

    private func nextRoute(_ request: RoutingRequest) async throws -> Route {
        do {
            return try await context.executeActivity(
                RoutingActivities.getRoute,
                packet,
                startToCloseTimeout: .seconds(10),
                retryPolicy: RetryPolicy(maximumAttempts: request.getRouteMaxAttempts)
            )
        } catch let error as ActivityError where !isCancellation(error) {
            packet.status = .undelivered
            let isFinal = error.retryState == .nonRetryableFailure
            throw ApplicationError(
                "Gave up on GetRouteActivity"
                    + (isFinal ? ": \(reason(of: error))" : " after \(request.getRouteMaxAttempts) tries"),
                type: "NoRoute",
                details: [try PayloadConverter().encode(packet)],
                cause: error
            )
        }
    }

    /// Whether the current provider delivers the packet in time.
    private func transmit(_ request: RoutingRequest) async throws -> Bool {
        do {
            // One attempt: the cure for a provider that fails is another provider.
            let delivery = try await context.executeActivity(
                RoutingActivities.transmit,
                packet,
                startToCloseTimeout: .seconds(request.transmitTimeoutSeconds),
                retryPolicy: RetryPolicy(maximumAttempts: 1)
            )
            if !delivery.delivered {
                context.logger.warning("\(packet.currentRouteProvider) did not deliver the packet")
            }
            return delivery.delivered
        } catch let error as ActivityError where !isCancellation(error) {
            context.logger.warning("\(packet.currentRouteProvider) failed: \(reason(of: error))")
            return false
        }
    }
}

/// What went wrong in an activity, in its own words.
private func reason(of error: ActivityError) -> String {
    (error.cause as? any TemporalError)?.message ?? error.message
}
