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
        guard data.count == Self.length else { throw ServiceError.badToken }
        let (kind, first, second, third) = data.withUnsafeBytes { bytes in
            (
                bytes[0],
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 9, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 17, as: UInt64.self))
            )
        }
        guard let run = Int(exactly: first), let eventID = Int64(exactly: second) else {
            throw ServiceError.badToken
        }
        switch kind {
        case 1: self = .workflow(run: run, scheduledEventID: eventID, stamp: third)
        case 2: self = .activity(run: run, scheduledEventID: eventID, stamp: third)
        case 3: self = .query(number: third)
        case 4: self = .nexus(number: third)
        case 5:
            guard let attempt = Int32(exactly: eventID), let stamp = Int32(exactly: third) else {
                throw ServiceError.badToken
            }
            self = .standaloneActivity(number: run, attempt: attempt, stamp: stamp)
        default: throw ServiceError.badToken
        }
    }

    /// The token as it goes over the wire.
    var data: Data {
        let (kind, first, second, third): (UInt8, UInt64, UInt64, UInt64) =
            switch self {
            case .workflow(let run, let eventID, let stamp): (1, UInt64(run), UInt64(eventID), stamp)
            case .activity(let run, let eventID, let stamp): (2, UInt64(run), UInt64(eventID), stamp)
            case .query(let number): (3, 0, 0, number)
            case .nexus(let number): (4, 0, 0, number)
            case .standaloneActivity(let number, let attempt, let stamp):
                (5, UInt64(number), UInt64(attempt), UInt64(stamp))
            }
        return withUnsafeTemporaryAllocation(byteCount: Self.length, alignment: 1) { bytes in
            bytes.storeBytes(of: kind, as: UInt8.self)
            bytes.storeBytes(of: first.bigEndian, toByteOffset: 1, as: UInt64.self)
            bytes.storeBytes(of: second.bigEndian, toByteOffset: 9, as: UInt64.self)
            bytes.storeBytes(of: third.bigEndian, toByteOffset: 17, as: UInt64.self)
            return Data(bytes)
        }
    }
}
