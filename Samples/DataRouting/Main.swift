import Temporal
@main struct M { static func main() {} }
