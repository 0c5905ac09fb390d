/// A cache that holds values up to a total cost, and drops what was not used for longest.
struct LRUCache<Key: Hashable, Value> {
    private struct Node {
        let key: Key
        var value: Value
        let cost: Int
        var older: Int
        var newer: Int
    }

    /// The most that values may cost together.
    let capacity: Int
    private(set) var cost = 0
    private var index: [Key: Int] = [:]
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var oldest = -1
    private var newest = -1

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { index.count }

    /// The value under a key, which is the most recently used from then on.
    mutating func value(for key: Key) -> Value? {
        guard let position = index[key], let value = nodes[position]?.value else { return nil }
        if position != newest {
            unlink(position)
            link(position)
        }
        return value
    }

    /// Puts a value in, replaces one under the same key, and drops the least recently used while they cost too much.
    ///
    /// A value that alone costs more than the capacity is not kept.
    mutating func insert(_ value: Value, for key: Key, cost valueCost: Int = 1) {
        remove(key)
        guard valueCost <= capacity else { return }
        while cost + valueCost > capacity, let key = nodes[oldest]?.key { remove(key) }
        let node = Node(key: key, value: value, cost: valueCost, older: -1, newer: -1)
        let position: Int
        if let reused = free.popLast() {
            position = reused
            nodes[position] = node
        } else {
            position = nodes.count
            nodes.append(node)
        }
        index[key] = position
        cost += valueCost
        link(position)
    }

    mutating func remove(_ key: Key) {
        guard let position = index.removeValue(forKey: key) else { return }
        unlink(position)
        cost -= nodes[position]?.cost ?? 0
        nodes[position] = nil
        free.append(position)
    }

    mutating func removeAll(where predicate: (Value) -> Bool) {
        for key in nodes.compactMap({ $0 }).filter({ predicate($0.value) }).map(\.key) { remove(key) }
    }

    private mutating func link(_ position: Int) {
        nodes[position]?.older = newest
        nodes[position]?.newer = -1
        if newest >= 0 { nodes[newest]?.newer = position }
        newest = position
        if oldest < 0 { oldest = position }
    }

    private mutating func unlink(_ position: Int) {
        guard let (older, newer) = nodes[position].map({ ($0.older, $0.newer) }) else { return }
        if older >= 0 { nodes[older]?.newer = newer } else { oldest = newer }
        if newer >= 0 { nodes[newer]?.older = older } else { newest = older }
    }
}
