import ArgumentParser
import TemporalTestServerCommand

/// The program `temporal-test-server`.
@main
struct Main {
    static func main() async {
        await TestServerCommand.main()
    }
}
