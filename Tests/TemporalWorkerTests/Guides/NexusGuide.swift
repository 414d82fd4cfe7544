import Temporal
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

// The code of the guide `Nexus.md`: `GuideTests` compares them, and runs it.

@NexusService
struct Translations {
    var languages: [String] = ["en", "de"]

    @NexusOperation
    func translate(_ text: Text) async throws -> Text {
        guard languages.contains(text.language) else {
            throw NexusUnsuccessfulOperation("Nobody here speaks '\(text.language)'.")
        }
        return Text(language: "en", words: String(text.words.reversed()))
    }

    @NexusOperation
    func translateBook(_ book: Book) async throws -> NexusWorkflowRun<Book> {
        let context = try NexusOperationContext.current
        return try await context.startWorkflow(
            BookTranslation.self,
            book,
            options: WorkflowOptions(id: "book-\(book.title)", taskQueue: context.info.taskQueue)
        )
    }
}

struct Text: Codable, Sendable {
    var language: String
    var words: String
}

struct Book: Codable, Sendable {
    var title: String
    var pages: [String]
}

@Workflow
actor BookTranslation {
    func run(_ book: Book) async throws -> Book {
        try await context.sleep(.seconds(3600 * book.pages.count))
        return Book(title: book.title, pages: book.pages.map { String($0.reversed()) })
    }
}

@Workflow
actor Publisher {
    func run(_ book: Book) async throws -> String {
        let title = try await context.executeNexusOperation(
            Translations.translate,
            Text(language: "de", words: book.title),
            endpoint: "translations",
            options: NexusOperationOptions(scheduleToCloseTimeout: .seconds(60))
        )
        let operation = try await context.startNexusOperation(
            Translations.translateBook,
            book,
            endpoint: "translations"
        )
        let translated = try await operation.result()
        return "\(title.words), \(translated.pages.count) pages"
    }
}

@Workflow
actor Traveller {
    func run(_ language: String) async throws -> String {
        do {
            return try await context.executeNexusOperation(
                Translations.translate,
                Text(language: language, words: "olleh"),
                endpoint: "translations"
            ).words
        } catch let error as NexusOperationError where error.cause is ApplicationError {
            return "not translated"
        }
    }
}

/// A service that is written by hand.
struct Postcards: NexusService {
    static let nexusServiceName = "Postcards"
    static let send = NexusOperationReference<String, Int>(service: nexusServiceName, name: "send")

    var nexusOperations: [NexusOperationDefinition] {
        [NexusOperationDefinition(Self.send) { text in text.count }]
    }
}

/// The parts of the guide that a program has.
enum NexusProgram {
    static func makeEndpoint(_ client: TemporalClient) async throws {
        try await client.operator.createNexusEndpoint(
            "translations",
            target: .worker(namespace: "default", taskQueue: "translators"),
            description: "Translations of texts and books"
        )
    }

    static func work(_ client: TemporalClient) async throws {
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "translators",
            workflows: [BookTranslation.self],
            nexusServices: [Translations(), Postcards()]
        )
        try await worker.run()
    }

    static func call(_ client: TemporalClient) async throws -> String {
        let operation = try await client.startNexusOperation(
            Translations.translate,
            Text(language: "de", words: "olleh"),
            endpoint: "translations",
            options: NexusExecutionOptions(id: "hello")
        )
        return try await operation.result().words
    }
}

func publishesTranslations() async throws {
    var options = TestEnvironmentOptions()
    options.nexusEndpoints = ["translations"]
    try await TestWorkflowEnvironment.run(workflows: [Publisher.self], options: options) { env in
        env.mock(Translations.translate).returns(Text(language: "en", words: "Title"))
        env.mock(Translations.translateBook).goesOn(for: .seconds(86_400)).returns(Book(title: "", pages: ["1", "2"]))
        let published = try await env.executeWorkflow(Publisher.self, Book(title: "Titel", pages: ["eins", "zwei"]))
        #expect(published == "Title, 2 pages")
    }
}
