import ArgumentParser
import LoyaltyPoints

/// The program `loyalty-points`.
@main
struct Main {
    static func main() async {
        await LoyaltyCommand.main()
    }
}
