import Logging
package import ServiceLifecycle
import UnixSignals

/// Runs services until one ends the group, or the process is asked to stop with SIGINT or SIGTERM.
///
/// - Throws: What a service throws.
package func runServices(_ services: [ServiceGroupConfiguration.ServiceConfiguration]) async throws {
    // What the group itself has to say is of no use here.
    let quiet = Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: quiet
        )
    )
    try await group.run()
}
