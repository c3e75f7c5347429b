package dev.headrace.engine.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.OptionalInt;

/// A view of off-heap memory as elements of one type in a shape. It owns nothing.
///
/// Elements are addressed by their flat index, the last axis innermost. Accessors check the index,
/// and that the memory is still lent: a tensor that an operator got is valid during that call, one
/// from a batch until the batch is released. The typed accessors (`uint8`, `float32`, …) do not
/// convert: the caller takes care to use the one of the tensor's own type, or [#number(long)],
/// which does.
///
/// Not synchronized: elements may be read from many threads, written from one at a time.
public final class Tensor {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final MemorySegment READ_ONLY_MEMORY = MEMORY.asReadOnly();

    private static final int HOST = -1;

    private final TensorSpec spec;
    private final long address;
    private final long bytes;
    private final Storage storage;
    private final int generation;
    private final short gpu; // of the device, or -1: a tensor is made for each sample
    private boolean writable;
    private MemorySegment segment; // once somebody has asked for it

    /// A view of memory at an address.
    ///
    /// @param address of the first element; `spec.bytes()` bytes from there belong to `storage`
    /// @param writable whether elements may be set
    public Tensor(TensorSpec spec, long address, Storage storage, boolean writable) {
        this(spec, address, storage, writable, (short) storage.gpu().orElse(HOST));
    }

    private Tensor(TensorSpec spec, long address, Storage storage, boolean writable, short gpu) {
        this.spec = spec;
        this.address = address;
        this.bytes = spec.bytes();
        this.storage = storage;
        this.generation = storage.generation();
        this.gpu = gpu;
        this.writable = writable;
    }

    /// Element type, shape and layout.
    public TensorSpec spec() {
        return spec;
    }

    /// Element type.
    public ElementType type() {
        return spec.type();
    }

    /// Extents.
    public Shape shape() {
        return spec.shape();
    }

    /// Address of the first element.
    ///
    /// @throws IllegalStateException if the memory was released
    public long address() {
        checkValid();
        return address;
    }

    /// Whose memory this is.
    public Storage storage() {
        return storage;
    }

    /// Whether elements may be set.
    public boolean isWritable() {
        return writable;
    }

    /// Whether the elements lie on a device: the host can neither read nor write them.
    public boolean isOnDevice() {
        return gpu != HOST;
    }

    /// The number of the device that the elements lie on; empty for the host.
    public OptionalInt gpu() {
        return isOnDevice() ? OptionalInt.of(gpu) : OptionalInt.empty();
    }

    /// The same elements as those of another storage, read only.
    public Tensor lentBy(Storage other) {
        checkValid();
        return new Tensor(spec, address, other, false, gpu);
    }

    /// From now on this view refuses to be written.
    public Tensor freeze() {
        writable = false;
        segment = null;
        return this;
    }

    /// The same memory under another spec of no more bytes, such as another shape or layout.
    ///
    /// @throws IllegalArgumentException if `other` needs more bytes
    public Tensor as(TensorSpec other) {
        checkValid();
        if (other.bytes() > bytes) {
            throw new IllegalArgumentException(
                    other + " needs " + other.bytes() + " bytes, " + spec + " has " + bytes);
        }
        return new Tensor(other, address, storage, writable, gpu);
    }

    /// The bytes, as a segment that checks bounds and refuses writes where this view does. It is
    /// valid as long as the memory is lent, which it cannot check.
    ///
    /// @throws IllegalStateException if they lie on a device, or the memory was released
    public MemorySegment segment() {
        checkHere();
        var known = segment;
        if (known == null) {
            known = (writable ? MEMORY : READ_ONLY_MEMORY).asSlice(address, bytes);
            segment = known;
        }
        return known;
    }

    /// The bytes as a direct buffer in native byte order, valid as long as the memory is lent.
    ///
    /// @throws IllegalArgumentException above 2 GiB
    public ByteBuffer buffer() {
        checkHere();
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(spec + " has more than 2 GiB");
        }
        var buffer = MemorySegment.ofAddress(address).reinterpret(bytes).asByteBuffer();
        return (writable ? buffer : buffer.asReadOnlyBuffer()).order(ByteOrder.nativeOrder());
    }

    /// Copies the bytes of another tensor of the same number of bytes.
    public void copyFrom(Tensor other) {
        if (other.bytes != bytes) {
            throw new IllegalArgumentException("cannot copy " + other.spec + " to " + spec);
        }
        checkWritable();
        other.checkHere();
        MemorySegment.copy(MEMORY, other.address, MEMORY, address, bytes);
    }

    /// Copies the bytes of a value of the same number of bytes.
    public void copyFrom(TensorValue value) {
        if (value.spec().bytes() != bytes) {
            throw new IllegalArgumentException("cannot copy " + value.spec() + " to " + spec);
        }
        checkWritable();
        value.copyTo(MEMORY, address);
    }

    /// A copy of the bytes on the heap, for looking at.
    public byte[] toBytes() {
        return segment().toArray(JAVA_BYTE);
    }

    private void checkValid() {
        if (storage.generation() != generation) {
            throw new IllegalStateException(
                    "this tensor (" + spec + ") belongs to " + storage + ", which was released");
        }
    }

    private void checkHere() {
        checkValid();
        if (isOnDevice()) {
            throw new IllegalStateException(
                    "this tensor (%s) lies on a device: put cpu() before what reads it"
                            .formatted(spec));
        }
    }

    private void checkWritable() {
        checkHere();
        if (!writable) {
            throw new IllegalStateException("this tensor (" + spec + ") is an input: read only");
        }
    }

    private long read(long index, int logWidth) {
        checkHere();
        return address + (Objects.checkIndex(index, bytes >> logWidth) << logWidth);
    }

    private long write(long index, int logWidth) {
        checkWritable();
        return address + (Objects.checkIndex(index, bytes >> logWidth) << logWidth);
    }

    /// Element of a `BOOL` tensor.
    public boolean bool(long index) {
        return MEMORY.get(JAVA_BYTE, read(index, 0)) != 0;
    }

    /// Sets an element of a `BOOL` tensor.
    public void bool(long index, boolean value) {
        MEMORY.set(JAVA_BYTE, write(index, 0), (byte) (value ? 1 : 0));
    }

    /// Element of an `INT8` tensor.
    public byte int8(long index) {
        return MEMORY.get(JAVA_BYTE, read(index, 0));
    }

    /// Sets an element of an `INT8` tensor to the lowest 8 bits of a value.
    public void int8(long index, int value) {
        MEMORY.set(JAVA_BYTE, write(index, 0), (byte) value);
    }

    /// Element of a `UINT8` tensor, 0 to 255.
    public int uint8(long index) {
        return MEMORY.get(JAVA_BYTE, read(index, 0)) & 0xFF;
    }

    /// Sets an element of a `UINT8` tensor to the lowest 8 bits of a value.
    public void uint8(long index, int value) {
        MEMORY.set(JAVA_BYTE, write(index, 0), (byte) value);
    }

    /// Element of an `INT16` tensor.
    public short int16(long index) {
        return MEMORY.get(JAVA_SHORT_UNALIGNED, read(index, 1));
    }

    /// Sets an element of an `INT16` tensor to the lowest 16 bits of a value.
    public void int16(long index, int value) {
        MEMORY.set(JAVA_SHORT_UNALIGNED, write(index, 1), (short) value);
    }

    /// Element of a `UINT16` tensor, 0 to 65,535.
    public int uint16(long index) {
        return MEMORY.get(JAVA_SHORT_UNALIGNED, read(index, 1)) & 0xFFFF;
    }

    /// Sets an element of a `UINT16` tensor to the lowest 16 bits of a value.
    public void uint16(long index, int value) {
        MEMORY.set(JAVA_SHORT_UNALIGNED, write(index, 1), (short) value);
    }

    /// Element of an `INT32` tensor.
    public int int32(long index) {
        return MEMORY.get(JAVA_INT_UNALIGNED, read(index, 2));
    }

    /// Sets an element of an `INT32` or `UINT32` tensor.
    public void int32(long index, int value) {
        MEMORY.set(JAVA_INT_UNALIGNED, write(index, 2), value);
    }

    /// Element of a `UINT32` tensor, 0 to 2^32 - 1.
    public long uint32(long index) {
        return MEMORY.get(JAVA_INT_UNALIGNED, read(index, 2)) & 0xFFFF_FFFFL;
    }

    /// Element of an `INT64` tensor, or the bits of a `UINT64` one.
    public long int64(long index) {
        return MEMORY.get(JAVA_LONG_UNALIGNED, read(index, 3));
    }

    /// Sets an element of an `INT64` or `UINT64` tensor.
    public void int64(long index, long value) {
        MEMORY.set(JAVA_LONG_UNALIGNED, write(index, 3), value);
    }

    /// Element of a `FLOAT16` tensor.
    public float float16(long index) {
        return Float.float16ToFloat(MEMORY.get(JAVA_SHORT_UNALIGNED, read(index, 1)));
    }

    /// Sets an element of a `FLOAT16` tensor, rounded to nearest even.
    public void float16(long index, float value) {
        MEMORY.set(JAVA_SHORT_UNALIGNED, write(index, 1), Float.floatToFloat16(value));
    }

    /// Element of a `BFLOAT16` tensor.
    public float bfloat16(long index) {
        return Float.intBitsToFloat(MEMORY.get(JAVA_SHORT_UNALIGNED, read(index, 1)) << 16);
    }

    /// Sets an element of a `BFLOAT16` tensor, rounded to nearest even.
    public void bfloat16(long index, float value) {
        MEMORY.set(JAVA_SHORT_UNALIGNED, write(index, 1), toBfloat16(value));
    }

    private static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40); // stays a NaN though the low bits go
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /// Element of a `FLOAT32` tensor.
    public float float32(long index) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, read(index, 2));
    }

    /// Sets an element of a `FLOAT32` tensor.
    public void float32(long index, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, write(index, 2), value);
    }

    /// Element of a `FLOAT64` tensor.
    public double float64(long index) {
        return MEMORY.get(JAVA_DOUBLE_UNALIGNED, read(index, 3));
    }

    /// Sets an element of a `FLOAT64` tensor.
    public void float64(long index, double value) {
        MEMORY.set(JAVA_DOUBLE_UNALIGNED, write(index, 3), value);
    }

    /// Element of a tensor of any type, as a double. 64-bit integers are rounded.
    public double number(long index) {
        return switch (spec.type()) {
            case BOOL -> bool(index) ? 1 : 0;
            case INT8 -> int8(index);
            case INT16 -> int16(index);
            case INT32 -> int32(index);
            case INT64 -> int64(index);
            case UINT8 -> uint8(index);
            case UINT16 -> uint16(index);
            case UINT32 -> uint32(index);
            case UINT64 -> {
                long bits = int64(index);
                yield bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
            }
            case FLOAT16 -> float16(index);
            case BFLOAT16 -> bfloat16(index);
            case FLOAT32 -> float32(index);
            case FLOAT64 -> float64(index);
        };
    }

    /// Sets an element of a tensor of any type. To integers a value is rounded (halves to even) and
    /// clamped to the type's range, NaN becomes 0; `BOOL` is 1 for anything but 0. To 16-bit floats
    /// it is rounded by way of `FLOAT32`.
    public void number(long index, double value) {
        switch (spec.type()) {
            case BOOL -> bool(index, value != 0);
            case INT8, UINT8 -> int8(index, (int) clamped(value));
            case INT16, UINT16 -> int16(index, (int) clamped(value));
            case INT32, UINT32 -> int32(index, (int) (long) clamped(value));
            case INT64 -> int64(index, (long) Math.rint(value));
            case UINT64 -> {
                double whole = clamped(value);
                int64(index, whole < 0x1p63 ? (long) whole : unsignedBits(whole));
            }
            case FLOAT16 -> float16(index, (float) value);
            case BFLOAT16 -> bfloat16(index, (float) value);
            case FLOAT32 -> float32(index, (float) value);
            case FLOAT64 -> float64(index, value);
        }
    }

    private static long unsignedBits(double value) {
        return (long) (value - 0x1p63) ^ Long.MIN_VALUE;
    }

    private double clamped(double value) {
        double whole = Math.rint(value);
        if (!(whole > spec.type().least())) {
            return Double.isNaN(value) ? 0 : spec.type().least();
        }
        return Math.min(whole, spec.type().greatest());
    }

    /// The spec and where it lies.
    @Override
    public String toString() {
        return spec + " in " + storage;
    }
}
