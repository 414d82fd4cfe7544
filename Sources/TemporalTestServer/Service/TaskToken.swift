import Foundation

/// What a worker hands back with a task: which run, which scheduled event, which attempt.
///
/// The stamp differs for every attempt and every workflow task, so that an answer that comes too late is told apart.
enum TaskToken: Equatable {
    case workflow(run: Int, scheduledEventID: Int64, stamp: UInt64)
    case activity(run: Int, scheduledEventID: Int64, stamp: UInt64)
    case query(number: UInt64)
    case nexus(number: UInt64)
    case standaloneActivity(number: Int, attempt: Int32, stamp: Int32)

    private static let length = 25

    /// Reads a token.
    ///
    /// - Throws: `INVALID_ARGUMENT` for anything this service did not make.
    init(_ data: Data) throws {
        guard data.count == Self.length, let kind = data.first else { throw ServiceError.badToken }
        var words: [UInt64] = [0, 0, 0]
        for (offset, byte) in data.dropFirst().enumerated() {
            words[offset / 8] = words[offset / 8] << 8 | UInt64(byte)
        }
        guard let run = Int(exactly: words[0]), let eventID = Int64(exactly: words[1]) else {
            throw ServiceError.badToken
        }
        switch kind {
        case 1: self = .workflow(run: run, scheduledEventID: eventID, stamp: words[2])
        case 2: self = .activity(run: run, scheduledEventID: eventID, stamp: words[2])
        case 3: self = .query(number: words[2])
        case 4: self = .nexus(number: words[2])
        case 5:
            guard let attempt = Int32(exactly: eventID), let stamp = Int32(exactly: words[2]) else {
                throw ServiceError.badToken
            }
            self = .standaloneActivity(number: run, attempt: attempt, stamp: stamp)
        default: throw ServiceError.badToken
        }
    }

    /// The token as it goes over the wire.
    var data: Data {
        let (kind, words): (UInt8, [UInt64]) =
            switch self {
            case .workflow(let run, let eventID, let stamp): (1, [UInt64(run), UInt64(eventID), stamp])
            case .activity(let run, let eventID, let stamp): (2, [UInt64(run), UInt64(eventID), stamp])
            case .query(let number): (3, [0, 0, number])
            case .nexus(let number): (4, [0, 0, number])
            case .standaloneActivity(let number, let attempt, let stamp):
                (5, [UInt64(number), UInt64(attempt), UInt64(stamp)])
            }
        var data = Data(capacity: Self.length)
        data.append(kind)
        for word in words {
            withUnsafeBytes(of: word.bigEndian) { data.append(contentsOf: $0) }
        }
        return data
    }
}
