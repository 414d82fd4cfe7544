import Foundation

/// Task tokens as text that needs no escaping in a URL: base64 in its URL-safe alphabet, without padding.
enum TaskTokenText {
    /// The text of a token.
    static func encode(_ token: Data) -> String {
        token.base64EncodedString()
            .replacing("+", with: "-")
            .replacing("/", with: "_")
            .replacing("=", with: "")
    }

    /// The token of a text; `nil` if the text is none.
    static func decode(_ text: String) -> Data? {
        guard !text.isEmpty, !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding)
    }
}
