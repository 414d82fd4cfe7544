import Foundation

/// What goes with a callback, so that the service finds the operation whose end it tells.
struct NexusCallbackToken: Equatable {
    let owner: NexusOwner

    /// The request that started the operation: after a reset, another run may have the operation.
    let requestID: String

    /// Names an operation.
    init(owner: NexusOwner, requestID: String) {
        self.owner = owner
        self.requestID = requestID
    }

    /// The token as text.
    var text: String {
        let place =
            switch owner {
            case .run(let number, let eventID): "run/\(number)/\(eventID)"
            case .standalone(let number): "operation/\(number)"
            }
        return Data("\(requestID)/\(place)".utf8).base64EncodedString()
    }

    /// Reads a token; `nil` for anything that this service did not make.
    init?(_ text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: "/").map(String.init)
        switch parts.count {
        case 4 where parts[1] == "run":
            guard let number = Int(parts[2]), let eventID = Int64(parts[3]) else { return nil }
            owner = .run(number, scheduledEventID: eventID)
        case 3 where parts[1] == "operation":
            guard let number = Int(parts[2]) else { return nil }
            owner = .standalone(number)
        default:
            return nil
        }
        requestID = parts[0]
    }
}
