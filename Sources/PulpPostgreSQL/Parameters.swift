internal import CPostgreSQL
internal import PulpCore

/// The parameters of one statement in the form that libpq sends: numbers, booleans and arrays in PostgreSQL's binary
/// format and with their types; single texts as text without a type, so that the server infers what each stands for.
struct Parameters {
    /// PostgreSQL's number of each parameter's type; 0 where the server is to infer it.
    private(set) var types: [Oid] = []
    /// Which parameters are null, and so fit every type.
    private(set) var isNull: [Bool] = []
    private var offsets: [Int] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []
    private var bytes: [UInt8] = []

    /// - Throws: ``DatabaseError`` for a text with a NUL character, and for an array whose elements differ in type.
    init(_ bindings: [SQLBinding]) throws {
        for binding in bindings {
            let start = bytes.count
            let type: Oid
            switch binding {
            case .value(let value):
                type = try append(value)
                isNull.append(value == .null)
                formats.append(type == TypeNumber.inferred ? 0 : 1)
            case .array(let values, let element):
                type = try append(values, of: element)
                isNull.append(false)
                formats.append(1)
            case .table:
                throw DatabaseError(.other, "PostgreSQL takes a table of values as arrays")
            }
            types.append(type)
            offsets.append(start)
            lengths.append(CInt(bytes.count - start))
            // libpq reads a parameter in text format up to a NUL.
            bytes.append(0)
        }
    }

    /// Calls a body with what `PQexecPrepared` and its siblings take; the pointers are valid within the body only.
    func withPointers<Result>(
        _ body: (
            _ count: CInt, _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<CInt>?,
            _ formats: UnsafePointer<CInt>?
        ) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { raw in
            let start = raw.bindMemory(to: CChar.self).baseAddress
            let values = zip(offsets, isNull).map { offset, isNull in isNull ? nil : start.map { $0 + offset } }
            return body(CInt(values.count), values, lengths, formats)
        }
    }

    private mutating func append(_ value: SQLValue) throws -> Oid {
        switch value {
        case .null: break
        case .integer(let number):
            append(bigEndian: number)
            return TypeNumber.bigint
        case .real(let number):
            append(bigEndian: number.bitPattern)
            return TypeNumber.float8
        case .boolean(let flag):
            bytes.append(flag ? 1 : 0)
            return TypeNumber.bool
        case .text(let text):
            try append(text)
        }
        return TypeNumber.inferred
    }

    /// The binary format of an array: dimensions, whether there are nulls, the element's type, the length and first index of
    /// the one dimension, then each element with its length.
    private mutating func append(_ values: [SQLValue], of element: ColumnType) throws -> Oid {
        append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        append(bigEndian: Int32(values.contains(.null) ? 1 : 0))
        append(bigEndian: element.elementType)
        if !values.isEmpty {
            append(bigEndian: Int32(values.count))
            append(bigEndian: Int32(1))
        }
        for value in values { try append(value, toArrayOf: element) }
        return element.arrayType
    }

    private mutating func append(_ value: SQLValue, toArrayOf element: ColumnType) throws {
        switch (value, element) {
        case (.null, _):
            append(bigEndian: Int32(-1))
        case (.integer(let number), .integer):
            append(bigEndian: Int32(8))
            append(bigEndian: number)
        case (.real(let number), .real):
            append(bigEndian: Int32(8))
            append(bigEndian: number.bitPattern)
        case (.integer(let number), .real):
            append(bigEndian: Int32(8))
            append(bigEndian: Double(number).bitPattern)
        case (.boolean(let flag), .boolean):
            append(bigEndian: Int32(1))
            bytes.append(flag ? 1 : 0)
        case (.text(let text), .text), (.text(let text), .json):
            append(bigEndian: Int32(text.utf8.count))
            try append(text)
        default:
            throw DatabaseError(.other, "a list or column of type \(element) holds the value \(value)")
        }
    }

    private mutating func append(_ text: String) throws {
        guard !text.hasNUL else {
            throw DatabaseError(.other, "a text with a NUL character cannot be stored")
        }
        bytes += text.utf8
    }

    private mutating func append(bigEndian number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
}

/// PostgreSQL's numbers of its types (`pg_type.dat`); they never change.
enum TypeNumber {
    static let inferred: Oid = 0
    static let bool: Oid = 16
    static let bigint: Oid = 20
    static let smallint: Oid = 21
    static let integer: Oid = 23
    static let text: Oid = 25
    static let oid: Oid = 26
    static let float4: Oid = 700
    static let float8: Oid = 701
    static let numeric: Oid = 1700
}

extension ColumnType {
    fileprivate var elementType: Oid {
        switch self {
        case .integer: TypeNumber.bigint
        case .real: TypeNumber.float8
        case .text, .json: TypeNumber.text
        case .boolean: TypeNumber.bool
        }
    }

    fileprivate var arrayType: Oid {
        switch self {
        case .integer: 1016
        case .real: 1022
        case .text, .json: 1009
        case .boolean: 1000
        }
    }
}
