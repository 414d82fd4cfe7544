import ArgumentParser
import WriteBatching

/// The program `main-service`.
@main
struct Main {
    static func main() async {
        await MainServiceCommand.main()
    }
}
