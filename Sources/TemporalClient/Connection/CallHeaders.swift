import Foundation
import GRPCCore

/// The metadata of calls, checked and decoded.
struct CallHeaders {
    private var values: [String: Metadata.Value] = [:]

    /// Takes metadata as users write it.
    ///
    /// - Parameter texts: The values by name. Those of names that end in `-bin` are in Base64.
    /// - Throws: ``ConnectionOptionsError`` if a name or a value cannot be sent. It does not show the value.
    init(_ texts: [String: String]) throws {
        values.reserveCapacity(texts.count)
        for (name, text) in texts {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte), !name.hasPrefix("grpc-") else {
                throw ConnectionOptionsError(
                    "The metadata name '\(name)' cannot be sent: use lower case letters, digits, '-', '_' and '.', "
                        + "and do not begin with 'grpc-'."
                )
            }
            if name.hasSuffix("-bin") {
                guard let bytes = Data(base64Encoded: text) else {
                    throw ConnectionOptionsError("The metadata '\(name)' is binary: its value must be in Base64.")
                }
                values[name] = .binary(Array(bytes))
            } else {
                guard text.utf8.allSatisfy(Self.isPrintable) else {
                    throw ConnectionOptionsError("The metadata '\(name)' has characters that are not printable ASCII.")
                }
                values[name] = .string(text)
            }
        }
    }

    /// This metadata and more, which wins.
    func adding(_ texts: [String: String]) throws -> CallHeaders {
        guard !texts.isEmpty else { return self }
        var result = try CallHeaders(texts)
        result.values.merge(values) { own, _ in own }
        return result
    }

    /// The metadata in gRPC's form, with an API key unless there is an authorization already.
    ///
    /// - Throws: ``ConnectionOptionsError`` if the key cannot be sent. It does not show the key.
    func authorized(_ apiKey: String?) throws -> Metadata {
        var metadata = Metadata()
        metadata.reserveCapacity(values.count + 1)
        for (name, value) in values {
            switch value {
            case .string(let text): metadata.addString(text, forKey: name)
            case .binary(let bytes): metadata.addBinary(bytes, forKey: name)
            }
        }
        if let apiKey, values["authorization"] == nil {
            guard apiKey.utf8.allSatisfy(Self.isPrintable) else {
                throw ConnectionOptionsError(
                    "The API key has characters that cannot be sent, perhaps the end of a line: it must be printable ASCII."
                )
            }
            metadata.addString("Bearer \(apiKey)", forKey: "authorization")
        }
        return metadata
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7e).contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}

// Headers may be secrets, which never reach a log.
extension CallHeaders: CustomStringConvertible, CustomReflectable {
    var description: String { values.keys.sorted().joined(separator: ", ") }

    var customMirror: Mirror { Mirror(self, children: []) }
}
