/// A proportional and derivative regulator: says how much room there is below a target.
struct PIDRegulator: Sendable, Equatable {
    /// How strongly the distance from the target counts.
    static let proportional = 5.0

    /// How strongly a rise counts against it.
    static let derivative = 1.0

    /// The largest output, up or down.
    static let limit = 100.0

    /// What is aimed at, from 0 to 1.
    let target: Double

    private var last: Double?

    init(target: Double) {
        self.target = target
    }

    /// The output after the next measurement: above zero as long as there is room.
    mutating func next(_ measured: Double) -> Double {
        let rise = measured - (last ?? measured)
        last = measured
        let output = Self.proportional * (target - measured) - Self.derivative * rise
        return min(Self.limit, max(-Self.limit, output))
    }
}
