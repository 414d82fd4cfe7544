import ArgumentParser
import DataRouting

/// The program `data-routing`.
@main
struct Main {
    static func main() async {
        await DataRoutingCommand.main()
    }
}
