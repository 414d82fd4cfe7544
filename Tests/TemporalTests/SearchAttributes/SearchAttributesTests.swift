import Foundation
import TemporalAPI
import Testing

@testable import Temporal

/// How search attributes are written and read.
@Suite struct SearchAttributesTests {
    private let title = SearchAttributeKey.text("Title")
    private let customer = SearchAttributeKey.keyword("Customer")
    private let points = SearchAttributeKey.int("Points")
    private let price = SearchAttributeKey.double("Price")
    private let open = SearchAttributeKey.bool("Open")
    private let due = SearchAttributeKey.datetime("Due")
    private let tags = SearchAttributeKey.keywordList("Tags")

    private func written(_ update: SearchAttributeUpdate) -> String {
        let type = update.payload.metadata["type"].map { String(decoding: $0, as: UTF8.self) } ?? "no type"
        return "\(update.payload.encoding) \(type) \(String(decoding: update.payload.data, as: UTF8.self))"
    }

    @Test func `each type is written with its name and as JSON`() {
        #expect(written(title.set("a \"b\" \\ \n é")) == #"json/plain Text "a \"b\" \\ \u000a é""#)
        #expect(written(customer.set("c-1")) == #"json/plain Keyword "c-1""#)
        #expect(written(points.set(.max)) == "json/plain Int 9223372036854775807")
        #expect(written(price.set(0.1)) == "json/plain Double 0.1")
        #expect(written(open.set(true)) == "json/plain Bool true")
        let date = Date(timeIntervalSince1970: 1_767_323_045.25)
        #expect(written(due.set(date)) == #"json/plain Datetime "2026-01-02T03:04:05.250Z""#)
        #expect(written(tags.set(["a", "b"])) == #"json/plain KeywordList ["a","b"]"#)
        #expect(written(tags.set([])) == "json/plain KeywordList []")
        #expect(written(points.unset()) == "binary/null no type ")
    }

    @Test func `what is written is read again`() {
        let date = Date(timeIntervalSince1970: 1_767_323_045.25)
        let attributes: SearchAttributes = [
            title.set("a \"b\" \\ \n é"), customer.set("c-1"), points.set(.min), price.set(5), open.set(false),
            due.set(date), tags.set(["a", ""]),
        ]
        let read = SearchAttributes(attributes.proto)
        #expect(read == attributes)
        #expect(read[title] == "a \"b\" \\ \n é")
        #expect(read[customer] == "c-1")
        #expect(read[points] == .min)
        #expect(read[price] == 5)
        #expect(read[open] == false)
        #expect(read[due] == date)
        #expect(read[tags] == ["a", ""])
        #expect(read.names == ["Customer", "Due", "Open", "Points", "Price", "Tags", "Title"])
    }

    @Test func `the last of several changes counts, and unsetting takes away`() {
        var attributes: SearchAttributes = [points.set(1), points.set(2), customer.set("c"), customer.unset()]
        #expect(attributes[points] == 2)
        #expect(attributes[customer] == nil)
        attributes[points] = nil
        #expect(attributes.isEmpty)
        attributes[customer] = "d"
        #expect(attributes == [customer.set("d")])
    }

    @Test func `values of others are read where they fit`() {
        func read(_ json: String, encoding: String = "json/plain") -> SearchAttributes {
            var proto = APISearchAttributes()
            proto.indexedFields["Points"] = Payload(encoding: encoding, data: Data(json.utf8)).proto
            return SearchAttributes(proto)
        }
        #expect(read("5")[points] == 5)
        #expect(read("[5]")[points] == 5)
        #expect(read("[5,6]")[points] == nil)
        #expect(read("\"5\"")[points] == nil)
        #expect(read("nonsense")[points] == nil)
        #expect(read("5", encoding: "binary/plain")[points] == nil)
        #expect(read("", encoding: "binary/null").isEmpty)
        #expect(read("5").payload(named: "Points")?.data == Data("5".utf8))
    }

    @Test func `a number that is not finite is left to the service to refuse`() {
        #expect(written(price.set(.infinity)) == #"json/plain Double "inf""#)
    }
}
