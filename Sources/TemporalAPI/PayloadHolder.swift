import SwiftProtobuf

/// A message that can hold payloads of users: values that a codec encodes.
///
/// Search attributes, which the service reads, and what the SDK itself notes in its markers are none. The conformances
/// are generated but for the messages below, whose payloads are not simply those of their fields.
package protocol PayloadHolder {
    /// Hands all payloads to the reader, always in the same order.
    func readPayloads(_ reader: inout PayloadReader)

    /// Puts other payloads in the places of all, in the order in which ``readPayloads(_:)`` hands them out.
    mutating func writePayloads(_ writer: inout PayloadWriter)
}

/// Collects the payloads of a message, or the sizes of the fields that hold them.
package struct PayloadReader {
    /// The payloads, in the order of the message.
    package private(set) var payloads: [APIPayload] = []

    /// The largest field of arguments, results or details, in bytes as the service counts them: those of the field on
    /// the wire. 0 if nothing was measured.
    package private(set) var largestField = 0

    /// The largest memo, in bytes as the service counts them: its names and the data of its values. 0 if nothing was
    /// measured.
    package private(set) var largestMemo = 0

    /// Whether the payloads of headers count.
    package let includesHeaders: Bool

    private let measures: Bool

    private init(includesHeaders: Bool, measures: Bool) {
        self.includesHeaders = includesHeaders
        self.measures = measures
    }

    /// Collects the payloads.
    package static func collecting(headers: Bool) -> Self { Self(includesHeaders: headers, measures: false) }

    /// Measures fields, and collects nothing.
    package static var measuring: Self { Self(includesHeaders: false, measures: true) }

    fileprivate mutating func read(_ payload: APIPayload) {
        if !measures { payloads.append(payload) }
    }

    fileprivate mutating func read(_ field: APIPayloads) {
        if measures {
            largestField = max(largestField, field.payloads.reduce(0) { $0 + enclosed($1.encodedSize) })
        } else {
            payloads.append(contentsOf: field.payloads)
        }
    }

    fileprivate mutating func read(_ memo: APIMemo) {
        if measures {
            largestMemo = max(largestMemo, memo.fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.data.count })
        } else {
            for key in memo.fields.keys.sorted() { memo.fields[key]?.readPayloads(&self) }
        }
    }
}

extension APIPayload {
    /// The bytes of the payload on the wire.
    fileprivate var encodedSize: Int {
        let entries = metadata.reduce(0) { sum, entry in
            sum + enclosed(enclosed(entry.key.utf8.count) + enclosed(entry.value.count))
        }
        return entries + (data.isEmpty ? 0 : enclosed(data.count))
    }
}

/// The bytes of a field on the wire: its number, which is below 16 here, its length, and what it holds.
private func enclosed(_ size: Int) -> Int {
    var (rest, length) = (size >> 7, 1)
    while rest > 0 { (rest, length) = (rest >> 7, length + 1) }
    return 1 + length + size
}

/// Puts payloads in the places of those that a ``PayloadReader`` with the same settings has collected.
package struct PayloadWriter {
    private let payloads: [APIPayload]
    private var position = 0

    /// Whether the payloads of headers are replaced.
    package let includesHeaders: Bool

    /// Replaces payloads.
    ///
    /// - Parameters:
    ///   - payloads: The new ones, as many as were read.
    ///   - includesHeaders: Whether those of headers are among them.
    package init(_ payloads: [APIPayload], includesHeaders: Bool) {
        self.payloads = payloads
        self.includesHeaders = includesHeaders
    }

    fileprivate mutating func write(_ payload: inout APIPayload) {
        guard position < payloads.count else { return }
        payload = payloads[position]
        position += 1
    }
}

extension APIPayload: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) { reader.read(self) }

    package mutating func writePayloads(_ writer: inout PayloadWriter) { writer.write(&self) }
}

extension APIPayloads: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        reader.read(self)
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in payloads.indices { writer.write(&payloads[index]) }
    }
}

extension APIMemo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) { reader.read(self) }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in fields.keys.sorted() { fields[key]?.writePayloads(&writer) }
    }
}

// Headers are for those who pass calls on, which may know nothing of the codec: they are encoded only on request.
extension APIHeader: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        guard reader.includesHeaders else { return }
        for key in fields.keys.sorted() { fields[key]?.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        guard writer.includesHeaders else { return }
        for key in fields.keys.sorted() { fields[key]?.writePayloads(&writer) }
    }
}

// The messages of an update travel in packed form.
extension APIProtocolMessage: PayloadHolder {
    private static let bodies: [any (Message & PayloadHolder).Type] = [
        APIUpdateRequest.self, APIUpdateAcceptance.self, APIUpdateRejection.self, APIUpdateResponse.self,
    ]

    package func readPayloads(_ reader: inout PayloadReader) {
        unpacked()?.readPayloads(&reader)
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        guard var holder = unpacked() else { return }
        holder.writePayloads(&writer)
        if let packed = try? Google_Protobuf_Any(message: holder) { body = packed }
    }

    private func unpacked() -> (any Message & PayloadHolder)? {
        for type in Self.bodies where body.isA(type) {
            return try? type.init(unpackingAny: body)
        }
        return nil
    }
}

/// Whether a detail of a marker is a note of the SDK itself, which it reads before any codec has been asked.
///
/// - Parameters:
///   - markerName: The name of the marker. Those of the SDK begin with `core_`.
///   - key: The name of the detail.
func isOwnMarkerDetail(_ markerName: String, _ key: String) -> Bool {
    markerName.hasPrefix("core_") && (key == "data" || key == "patch-data")
}
