import ArgumentParser
import WriteBatching

/// The program `batcher-service`.
@main
struct Main {
    static func main() async {
        await BatcherServiceCommand.main()
    }
}
