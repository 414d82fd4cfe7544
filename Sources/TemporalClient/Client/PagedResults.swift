package import Foundation
import Temporal

/// Results that the service hands out page by page, fetched as the loop over them goes on.
///
/// Each loop starts at the first page. It ends with the last one, or throws what a call threw.
public struct PagedResults<Element: Sendable>: AsyncSequence, Sendable {
    /// One page, and the token of the next: empty after the last.
    package typealias Page = (elements: [Element], nextPageToken: Data)

    private let fetch: @Sendable (Data) async throws -> Page

    /// Fetches pages with a function.
    ///
    /// - Parameter fetch: Gets the page of a token; an empty one means the first.
    package init(_ fetch: @escaping @Sendable (Data) async throws -> Page) {
        self.fetch = fetch
    }

    /// Fetches the pages of a list, each through the interceptors of a client.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - query: Which results, as a list filter.
    ///   - pageSize: The number of results in a page.
    ///   - step: Asks one interceptor.
    ///   - fetch: Gets a page from the service.
    init(
        _ client: TemporalClient,
        _ query: String,
        _ pageSize: Int,
        _ step:
            @escaping @Sendable (
                any ClientInterceptor, ListInput, (ListInput) async throws -> ResultPage<Element>
            ) async throws -> ResultPage<Element>,
        fetch: @escaping @Sendable (ListInput) async throws -> Page
    ) {
        self.init { token in
            let page = try await throughInterceptors(
                client.interceptors[...],
                ListInput(query: query, pageSize: pageSize, pageToken: token),
                step,
                { input in
                    let page = try await fetch(input)
                    return ResultPage(elements: page.elements, nextPageToken: page.nextPageToken)
                }
            )
            return (page.elements, page.nextPageToken)
        }
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(fetch: fetch)
    }

    /// Takes one result after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let fetch: @Sendable (Data) async throws -> Page
        private var page: ArraySlice<Element> = []
        private var token: Data? = Data()

        fileprivate init(fetch: @escaping @Sendable (Data) async throws -> Page) {
            self.fetch = fetch
        }

        public mutating func next() async throws -> Element? {
            while page.isEmpty {
                guard let token else { return nil }
                try Task.checkCancellation()
                let next = try await fetch(token)
                page = next.elements[...]
                self.token = next.nextPageToken.isEmpty ? nil : next.nextPageToken
            }
            return page.popFirst()
        }
    }

    /// All results, in memory.
    ///
    /// - Throws: What a call throws.
    public func all() async throws -> [Element] {
        var all: [Element] = []
        for try await element in self { all.append(element) }
        return all
    }
}
