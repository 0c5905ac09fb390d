internal import CPostgreSQL
internal import PulpCore

/// One answer of the server; frees libpq's memory when it goes.
struct ServerResult: ~Copyable {
    private let result: OpaquePointer?

    init(_ result: OpaquePointer?) { self.result = result }
    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }
    var rowCount: Int { Int(PQntuples(result)) }

    /// How many rows the statement changed; 0 for a statement that only reads.
    var changedRows: Int {
        let command = String(cString: PQcmdStatus(result))
        guard ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(where: command.hasPrefix) else { return 0 }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// What the server did: `COMMIT`, `ROLLBACK`.
    var command: String { String(cString: PQcmdStatus(result)) }

    func error(_ field: Character) -> String? {
        guard let scalar = field.asciiValue, let text = PQresultErrorField(result, CInt(scalar)) else { return nil }
        return String(cString: text)
    }

    /// The columns' names and types.
    func layout() -> ResultLayout {
        let count = PQnfields(result)
        return ResultLayout(
            columns: Row.Columns((0..<count).map { String(cString: PQfname(result, $0)) }),
            types: (0..<count).map { PQftype(result, $0) })
    }

    func row(_ index: Int, _ layout: ResultLayout) throws -> Row {
        var values: [SQLValue] = []
        values.reserveCapacity(layout.types.count)
        for (column, type) in layout.types.enumerated() {
            values.append(try value(CInt(index), CInt(column), type))
        }
        return Row(columns: layout.columns, values: values)
    }

    private func value(_ row: CInt, _ column: CInt, _ type: Oid) throws -> SQLValue {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        return try SQLValue(text: bytes, type: type)
    }
}

/// The names and types of an answer's columns.
struct ResultLayout {
    let columns: Row.Columns
    let types: [Oid]
}

extension SQLValue {
    /// Reads a value in PostgreSQL's text format.
    init(text bytes: UnsafeRawBufferPointer, type: Oid) throws {
        switch type {
        case TypeNumber.bool:
            self = .boolean(bytes.first == UInt8(ascii: "t"))
        case TypeNumber.bigint, TypeNumber.integer, TypeNumber.smallint, TypeNumber.oid:
            self = .integer(try Self.number(bytes))
        case TypeNumber.float8, TypeNumber.float4:
            self = .real(try Self.number(bytes))
        case TypeNumber.numeric:
            // What sum() and avg() make of whole numbers.
            let text = String(decoding: bytes, as: UTF8.self)
            if let whole = Int64(text) { self = .integer(whole) } else { self = .real(try Self.number(bytes)) }
        default:
            self = .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func number<Number: LosslessStringConvertible>(_ bytes: UnsafeRawBufferPointer) throws -> Number {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let number = Number(text) else { throw DatabaseError(.other, "the server sent \(text) for a number") }
        return number
    }
}
