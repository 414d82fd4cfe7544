/// Says that a port cannot be listened on, why, and what to do.
///
/// - Parameters:
///   - service: What was to listen: `The transmit service`.
///   - port: The port.
///   - cause: Why not; `nil` if the port is in use.
///   - option: The option of the command that names the port.
package func cannotListen(_ service: String, on port: Int, cause: (any Error)?, option: String) -> String {
    let reason = cause.map { "\($0)" } ?? "it is in use"
    return
        "\(service) cannot listen on port \(port): \(reason). Choose another one with \(option), or 0 for any that is free."
}
