import SwiftProtobuf
import TemporalAPI

extension ActivityTimeoutKind {
    /// The name of the timeout as the server writes it into messages.
    var words: String {
        switch self {
        case .scheduleToStart: "ScheduleToStart"
        case .scheduleToClose: "ScheduleToClose"
        case .startToClose: "StartToClose"
        case .heartbeat: "Heartbeat"
        }
    }

    /// The timeout as it goes over the wire.
    var proto: APITimeoutType {
        switch self {
        case .scheduleToStart: .scheduleToStart
        case .scheduleToClose: .scheduleToClose
        case .startToClose: .startToClose
        case .heartbeat: .heartbeat
        }
    }
}

extension APIFailure {
    /// A failure that the service makes itself because something took too long.
    static func timeout(_ message: String, _ type: APITimeoutType) -> APIFailure {
        .with {
            $0.message = message
            $0.source = "Server"
            $0.timeoutFailureInfo = .with { $0.timeoutType = type }
        }
    }
}
