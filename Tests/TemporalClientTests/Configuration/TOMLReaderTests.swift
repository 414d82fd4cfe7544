import Testing

@testable import TemporalClient

@Suite struct TOMLReaderTests {
    @Test func `a document is read with all that TOML has`() throws {
        let document = #"""
            # A comment.
            title = "TOML \"1.0\" \u00e9 \U0001F600"
            'literal key' = 'no \escapes'
            site."example.com" = true
            numbers = [1_000, -0x1F, 0o17, 0b11, +3.5e2, -inf]
            when = [1979-05-27T07:32:00Z, 1979-05-27 07:32:00.5-07:00, 1979-05-27, 07:32:00]
            empty = []
            point = { x = 1, y.z = 2 }
            text = """
            first
            second \
                still second ""quoted"""""
            raw = '''
            a\b'c'''

            [profile.default]
            address = "a:1"
              [profile.default.tls]
              disabled = false
            [[list]]
            n = 1
            [[list]]
            [list.inner]
            n = 2
            """#.replacing("-0x1F", with: "0x1F")
        let entries = try TOMLReader.read(document)
        #expect(entries["title"] == .string("TOML \"1.0\" é 😀"))
        #expect(entries["literal key"] == .string(#"no \escapes"#))
        #expect(entries["site"] == .table(["example.com": .boolean(true)]))
        #expect(
            entries["numbers"]
                == .array([.integer(1000), .integer(31), .integer(15), .integer(3), .float(350), .float(-.infinity)])
        )
        #expect(
            entries["when"]
                == .array(
                    ["1979-05-27T07:32:00Z", "1979-05-27 07:32:00.5-07:00", "1979-05-27", "07:32:00"].map(
                        TOMLValue.dateTime
                    )
                )
        )
        #expect(entries["empty"] == .array([]))
        #expect(entries["point"] == .table(["x": .integer(1), "y": .table(["z": .integer(2)])]))
        #expect(entries["text"] == .string("first\nsecond still second \"\"quoted\"\""))
        #expect(entries["raw"] == .string(#"a\b'c"#))
        #expect(
            entries["profile"]
                == .table([
                    "default": .table(["address": .string("a:1"), "tls": .table(["disabled": .boolean(false)])])
                ])
        )
        #expect(
            entries["list"]
                == .array([.table(["n": .integer(1)]), .table(["inner": .table(["n": .integer(2)])])])
        )
        #expect(entries.count == 11)
    }

    @Test(arguments: [
        ("", [:]),
        ("\u{feff}a = 1", ["a": TOMLValue.integer(1)]),
        ("a = '''\r\nx\r\ny'''\r\n", ["a": .string("x\ny")]),
        ("a.b = 1\na.c = 2", ["a": .table(["b": .integer(1), "c": .integer(2)])]),
        ("[a.b]\n[a]\nc = 1", ["a": .table(["b": .table([:]), "c": .integer(1)])]),
        ("[a]\nb.c = 1\n[a.b.d]\n", ["a": .table(["b": .table(["c": .integer(1), "d": .table([:])])])]),
        ("a = [ # one\n 1, # two\n\n]", ["a": .array([.integer(1)])]),
        ("\"\" = 1", ["": .integer(1)]),
        ("1.2 = 3", ["1": .table(["2": .integer(3)])]),
    ])
    func `a document is read in any of its forms`(text: String, entries: [String: TOMLValue]) throws {
        #expect(try TOMLReader.read(text) == entries)
    }

    @Test(arguments: [
        ("a", 1), ("= 1", 1), ("a =", 1), ("a = 1 b = 2", 1), ("a = yes", 1), ("a = \"x", 1), ("a = 'x\ny'", 1),
        ("a = \"\\q\"", 1), ("a = \"\\ud800\"", 1), ("a = \"\u{1}\"", 1), ("a = \"\"\"x", 1), ("a = 01", 1),
        ("a = 1_", 1),
        ("a = 1.", 1), ("a = 0xg", 1), ("a = 9223372036854775808", 1), ("a = 1979-13-01", 1), ("a = 24:00:00", 1),
        ("a = [1", 1), ("a = [1 2]", 1), ("a = {b = 1,}", 1), ("a = {b = 1\n}", 1), ("[a", 1), ("[[a]", 1), ("[]", 1),
        ("[a] x", 1), ("\"\"\"a\"\"\" = 1", 1), ("# \u{1}", 1),
        ("a = 1\na = 2", 2), ("[a]\n[a]", 2), ("a.b = 1\n[a]", 2), ("a = {}\na.b = 1", 2), ("a = {}\n[a.b]", 2),
        ("a = []\n[[a]]", 2), ("[[a]]\n[a]", 2), ("[a]\n[[a]]", 2), ("[a.b.c]\n[a]\nb.c.d = 1", 3),
        ("\n\na = 1\na.b = 2", 4),
    ])
    func `what is no TOML is refused with its line`(text: String, line: Int) throws {
        let error = #expect(throws: TOMLError.self) { try TOMLReader.read(text) }
        #expect(error?.line == line)
    }

    @Test func `an error names a place and no value`() throws {
        let error = #expect(throws: TOMLError.self) { try TOMLReader.read("[a]\n  key = \"s3cret\" s3cret\n") }
        #expect(error?.description == "line 2, column 18: the line goes on after its end")
    }

    @Test(arguments: ["[", "{a="])
    func `a document that is nested without end is refused`(text: String) {
        let error = #expect(throws: TOMLError.self) {
            try TOMLReader.read("a = " + String(repeating: text, count: 100_000))
        }
        #expect(error?.problem.contains("too deep") == true)
    }

    @Test(arguments: ["", "plain", "a\"b\\c\nd\re\tf\u{1}\u{7f}é😀", "'''", "\"\"\""])
    func `a text that is written is read again`(text: String) throws {
        let line = TOMLWriter.line("key.with dots", text)
        #expect(try TOMLReader.read(line) == ["key.with dots": .string(text)])
    }
}
