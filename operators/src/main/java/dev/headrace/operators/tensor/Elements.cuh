// What kernels share: pointers, and elements of any type as numbers, as Tensor.number has them.

#ifndef POINTER
#define POINTER(type) type *
#endif

typedef POINTER(const unsigned char) Bytes;
typedef POINTER(unsigned char) BytesOut;

// As the types follow each other in ElementType.
enum Type {
    BOOL,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    FLOAT16,
    BFLOAT16,
    FLOAT32,
    FLOAT64
};

union Bits {
    float number;
    unsigned bits;
};

static __device__ float from_half(unsigned short half) {
    unsigned sign = (unsigned)(half & 0x8000) << 16;
    unsigned exponent = half >> 10 & 31;
    unsigned fraction = half & 0x3ff;
    Bits out;
    if (exponent == 0) {
        out.number = fraction * 5.9604644775390625e-8f; // 2^-24
        out.bits |= sign;
    } else if (exponent == 31) {
        out.bits = sign | 0x7f800000 | fraction << 13;
    } else {
        out.bits = sign | (exponent + 112) << 23 | fraction << 13;
    }
    return out.number;
}

// Rounded, halves to even.
static __device__ unsigned short to_half(float number) {
    Bits in;
    in.number = number;
    unsigned sign = in.bits >> 16 & 0x8000;
    unsigned rest = in.bits & 0x7fffffff;
    if (rest > 0x7f800000) {
        return sign | 0x7e00 | (rest >> 13 & 0x1ff);
    }
    if (rest >= 0x477ff000) { // 65520, which rounds to infinity
        return sign | 0x7c00;
    }
    if (rest < 0x38800000) { // below 2^-14: a multiple of 2^-24
        in.bits = rest;
        return sign | (unsigned)rint((double)in.number * 16777216.0);
    }
    return sign | (rest - 0x38000000 + 0xfff + (rest >> 13 & 1)) >> 13;
}

static __device__ float from_bfloat(unsigned short upper) {
    Bits out;
    out.bits = (unsigned)upper << 16;
    return out.number;
}

// Rounded, halves to even.
static __device__ unsigned short to_bfloat(float number) {
    Bits in;
    in.number = number;
    if (number != number) {
        return in.bits >> 16 | 0x40;
    }
    return (in.bits + 0x7fff + (in.bits >> 16 & 1)) >> 16;
}

static __device__ double read_number(Bytes in, int type, long long i) {
    switch (type) {
    case BOOL:
        return in[i] != 0;
    case INT8:
        return ((POINTER(const signed char))in)[i];
    case INT16:
        return ((POINTER(const short))in)[i];
    case INT32:
        return ((POINTER(const int))in)[i];
    case INT64:
        return (double)((POINTER(const long long))in)[i];
    case UINT8:
        return in[i];
    case UINT16:
        return ((POINTER(const unsigned short))in)[i];
    case UINT32:
        return ((POINTER(const unsigned))in)[i];
    case UINT64:
        return (double)((POINTER(const unsigned long long))in)[i];
    case FLOAT16:
        return from_half(((POINTER(const unsigned short))in)[i]);
    case BFLOAT16:
        return from_bfloat(((POINTER(const unsigned short))in)[i]);
    case FLOAT32:
        return ((POINTER(const float))in)[i];
    default:
        return ((POINTER(const double))in)[i];
    }
}

// The nearest whole number within a range; of NaN 0.
static __device__ double within(double number, double least, double greatest) {
    double whole = rint(number);
    if (!(whole > least)) {
        return number != number ? 0 : least;
    }
    return whole < greatest ? whole : greatest;
}

static __device__ long long to_int64(double number) {
    double whole = within(number, -9223372036854775808.0, 9223372036854775808.0);
    return whole < 9223372036854775808.0 ? (long long)whole : 9223372036854775807LL;
}

static __device__ unsigned long long to_uint64(double number) {
    double whole = within(number, 0, 18446744073709551616.0);
    return whole < 18446744073709551616.0 ? (unsigned long long)whole : 18446744073709551615ULL;
}

static __device__ void write_number(BytesOut out, int type, long long i, double number) {
    switch (type) {
    case BOOL:
        out[i] = number != 0;
        break;
    case INT8:
        ((POINTER(signed char))out)[i] = (signed char)within(number, -128, 127);
        break;
    case INT16:
        ((POINTER(short))out)[i] = (short)within(number, -32768, 32767);
        break;
    case INT32:
        ((POINTER(int))out)[i] = (int)within(number, -2147483648.0, 2147483647);
        break;
    case INT64:
        ((POINTER(long long))out)[i] = to_int64(number);
        break;
    case UINT8:
        out[i] = (unsigned char)within(number, 0, 255);
        break;
    case UINT16:
        ((POINTER(unsigned short))out)[i] = (unsigned short)within(number, 0, 65535);
        break;
    case UINT32:
        ((POINTER(unsigned))out)[i] = (unsigned)within(number, 0, 4294967295.0);
        break;
    case UINT64:
        ((POINTER(unsigned long long))out)[i] = to_uint64(number);
        break;
    case FLOAT16:
        ((POINTER(unsigned short))out)[i] = to_half((float)number);
        break;
    case BFLOAT16:
        ((POINTER(unsigned short))out)[i] = to_bfloat((float)number);
        break;
    case FLOAT32:
        ((POINTER(float))out)[i] = (float)number;
        break;
    default:
        ((POINTER(double))out)[i] = number;
    }
}

// The next whole number from 0 to 255, halves up; of NaN 0.
static __device__ unsigned char to_intensity(float number) {
    float half = number + 0.5f;
    return (unsigned char)(half > 0 ? half < 255 ? half : 255 : 0);
}
