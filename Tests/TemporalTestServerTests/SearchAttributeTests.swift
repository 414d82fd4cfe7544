import Foundation
import OrderedCollections
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Which search attributes the service takes. The messages are those of a real server.
@Suite struct SearchAttributeTests {
    private func refusal(_ name: String, _ json: String, encoding: String = "json/plain") -> String? {
        var registry = SearchAttributeRegistry()
        for type in [
            SearchAttributeType.text, .keyword, .int, .double, .bool, .datetime, .keywordList,
        ] {
            registry.custom["My\(type)"] = type
        }
        var attributes = APISearchAttributes()
        attributes.indexedFields[name] = Payload(encoding: encoding, data: Data(json.utf8)).proto
        do {
            _ = try registry.checked(attributes, namespace: "default")
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        ("MyText", "\"a b\""), ("MyKeyword", "\"a\""), ("MyKeyword", "[\"a\"]"), ("MyKeyword", "null"),
        ("MyKeyword", "[]"), ("MyInt", "5"), ("MyInt", "[5]"), ("MyDouble", "5"), ("MyDouble", "5.5"),
        ("MyBool", "true"), ("MyDatetime", "\"2026-01-02T03:04:05.123456789Z\""), ("MyKeywordList", "[\"a\",\"b\"]"),
        ("MyKeywordList", "[]"), ("TemporalChangeVersion", "[\"a\"]"), ("BuildIds", "[\"a\"]"),
    ])
    func `fitting values are taken`(_ name: String, _ json: String) {
        #expect(refusal(name, json) == nil)
    }

    @Test(arguments: [
        ("Absent", "\"a\"", "Namespace default has no mapping defined for search attribute Absent"),
        ("WorkflowId", "\"a\"", "WorkflowId attribute can't be set in SearchAttributes"),
        ("MyInt", "\"a\"", "invalid value for search attribute MyInt of type Int: a"),
        ("MyInt", "5.5", "invalid value for search attribute MyInt of type Int: 5.5"),
        ("MyKeyword", "5", "invalid value for search attribute MyKeyword of type Keyword: 5"),
        ("MyKeyword", "[\"a\",\"b\"]", "invalid value for search attribute MyKeyword of type Keyword: [a b]"),
        ("MyKeywordList", "\"a\"", "invalid value for search attribute MyKeywordList of type KeywordList: a"),
        ("MyDatetime", "\"a\"", "invalid value for search attribute MyDatetime of type Datetime: a"),
        (
            "MyBool", "{\"a\":[1,\"b\",null,true,1.5]}",
            "invalid value for search attribute MyBool of type Bool: map[a:[1 b <nil> true 1.5]]"
        ),
    ])
    func `other values are refused`(_ name: String, _ json: String, _ message: String) {
        #expect(refusal(name, json) == message)
    }

    @Test func `values that are no JSON are refused, and large ones`() {
        #expect(
            refusal("MyKeyword", "xyz", encoding: "binary/plain")
                == "invalid value for search attribute MyKeyword of type Keyword: [120 121 122]"
        )
        #expect(refusal("MyKeyword", "", encoding: "binary/null") == nil)
        let large = "[\"" + String(repeating: "x", count: 3000) + "\"]"
        #expect(
            refusal("MyKeywordList", large) == "search attribute MyKeywordList value size 3004 exceeds size limit 2048"
        )
    }

    @Test func `values without a type get the namespace's, others keep theirs`() throws {
        var registry = SearchAttributeRegistry()
        registry.custom = ["A": .int, "B": .int]
        var attributes = APISearchAttributes()
        attributes.indexedFields["A"] = Payload(encoding: "json/plain", data: Data("1".utf8)).proto
        attributes.indexedFields["B"] = SearchAttributeKey.keyword("B").unset().payload.proto
        attributes.indexedFields["B"]?.metadata["type"] = Data("Keyword".utf8)
        let checked = try registry.checked(attributes, namespace: "default")
        #expect(checked.indexedFields["A"]?.metadata["type"] == Data("Int".utf8))
        #expect(checked.indexedFields["B"]?.metadata["type"] == Data("Keyword".utf8))
    }
}
