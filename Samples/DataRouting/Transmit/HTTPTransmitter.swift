import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Temporal

/// Hands packets to a ``TransmitService`` over HTTP.
struct HTTPTransmitter: PacketTransmitter {
    /// The address of the service, such as `http://127.0.0.1:8321`.
    var url: String

    /// How long the service has to accept a packet.
    var timeout: Duration = .seconds(5)

    // A service that is not there is to be known at once, and not after the timeout. It lives as long as the process.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    func transmit(_ packet: Packet, taskToken: Data) async throws {
        var request = HTTPClientRequest(url: "\(url)/transmit?task_token=\(TaskTokenText.encode(taskToken))")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(packet)))
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(request, timeout: TimeAmount(timeout))
        } catch let error where !(error is CancellationError) {
            throw ApplicationError(
                "The transmit service at \(url) cannot be reached: \(error)",
                type: "TransmitServiceUnreachable"
            )
        }
        guard (200..<300).contains(response.status.code) else {
            throw ApplicationError(
                "The transmit service at \(url) refused the packet: \(response.status)",
                type: "TransmissionRefused"
            )
        }
    }
}
