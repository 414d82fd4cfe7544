/// Runs in an order that follows from a number which grows with each of them. Taking one out takes the same time however
/// many there are.
struct RunIndex {
    /// One run and its place in the order.
    struct Entry {
        let order: UInt64
        let run: Int
        fileprivate var isHole = false
    }

    private var entries: [Entry] = []
    private var holes = 0

    /// How many runs there are.
    var count: Int { entries.count - holes }

    /// Adds a run after all others.
    mutating func append(run: Int, order: UInt64) {
        entries.append(Entry(order: order, run: run))
    }

    /// Takes a run out, if it is there.
    mutating func remove(order: UInt64) {
        let place = firstPlace { $0.order >= order }
        guard entries.indices.contains(place), entries[place].order == order, !entries[place].isHole else { return }
        entries[place].isHole = true
        holes += 1
        guard holes > 32, holes > entries.count / 2 else { return }
        entries.removeAll { $0.isHole }
        holes = 0
    }

    /// The runs before a place, the last of them first.
    func backwards(before order: UInt64 = .max) -> some Sequence<Entry> {
        entries[..<firstPlace { $0.order >= order }].reversed().lazy.filter { !$0.isHole }
    }

    private func firstPlace(where isReached: (Entry) -> Bool) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if isReached(entries[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
