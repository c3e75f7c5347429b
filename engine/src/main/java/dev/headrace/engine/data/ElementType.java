package dev.headrace.engine.data;

/// The type of a tensor's elements: those of DLPack that a CPU or a GPU computes with.
///
/// `BOOL` is one byte, 0 or 1. `FLOAT16` is IEEE 754 binary16; `BFLOAT16` is the upper half of a
/// binary32. Native byte order always.
public enum ElementType {
    BOOL(1, Kind.BOOL),
    INT8(1, Kind.SIGNED),
    INT16(2, Kind.SIGNED),
    INT32(4, Kind.SIGNED),
    INT64(8, Kind.SIGNED),
    UINT8(1, Kind.UNSIGNED),
    UINT16(2, Kind.UNSIGNED),
    UINT32(4, Kind.UNSIGNED),
    UINT64(8, Kind.UNSIGNED),
    FLOAT16(2, Kind.FLOAT),
    BFLOAT16(2, Kind.FLOAT),
    FLOAT32(4, Kind.FLOAT),
    FLOAT64(8, Kind.FLOAT);

    private enum Kind {
        BOOL,
        SIGNED,
        UNSIGNED,
        FLOAT
    }

    private final int bytes;
    private final Kind kind;

    ElementType(int bytes, Kind kind) {
        this.bytes = bytes;
        this.kind = kind;
    }

    /// Bytes of one element: 1, 2, 4 or 8.
    public int bytes() {
        return bytes;
    }

    /// Whether elements are floating-point numbers.
    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /// Whether elements are integers with a sign.
    public boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    /// Whether elements are integers without a sign.
    public boolean isUnsigned() {
        return kind == Kind.UNSIGNED;
    }

    /// The least value as a double: 0 for `BOOL` and unsigned types, minus infinity for floats.
    public double least() {
        return switch (kind) {
            case BOOL, UNSIGNED -> 0;
            case SIGNED -> -Math.scalb(1.0, 8 * bytes - 1);
            case FLOAT -> Double.NEGATIVE_INFINITY;
        };
    }

    /// The greatest value as a double (rounded up to 2^63 or 2^64 for the 8-byte integers).
    public double greatest() {
        return switch (kind) {
            case BOOL -> 1;
            case UNSIGNED -> Math.scalb(1.0, 8 * bytes) - 1;
            case SIGNED -> Math.scalb(1.0, 8 * bytes - 1) - 1;
            case FLOAT -> Double.POSITIVE_INFINITY;
        };
    }
}
