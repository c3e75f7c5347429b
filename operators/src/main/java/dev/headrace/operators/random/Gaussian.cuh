// Normally distributed numbers as Gaussian.java has them, to the last bit.

// Of a number from 2^-53 to 1.
static __device__ double gaussian_log(double number) {
    union {
        double number;
        unsigned long long bits;
    } m;
    m.number = number;
    int exponent = (int)(m.bits >> 52) - 1023;
    m.bits = (m.bits & 0xFFFFFFFFFFFFFULL) | 1023ULL << 52; // the same with an exponent of 0
    if (m.number > 1.4142135623730951) {
        m.number = m.number / 2;
        exponent = exponent + 1;
    }
    double s = (m.number - 1) / (m.number + 1);
    double square = s * s;
    double sum = 0;
#pragma unroll
    for (int power = 23; power > 0; power -= 2) {
        sum = sum * square + 1.0 / power;
    }
    return exponent * 0.6931471805599453 + 2 * s * sum;
}

// Of a part of a turn, from 0 to 1.
static __device__ double gaussian_cosine(double turns) {
    int quarter = (int)(4 * turns + 0.5);
    double angle = 6.283185307179586 * (turns - 0.25 * quarter);
    double square = angle * angle;
    double cosine = 1;
#pragma unroll
    for (int power = 16; power > 1; power -= 2) {
        cosine = 1 - cosine * square * (1.0 / (power * (power - 1)));
    }
    double sine = 1;
#pragma unroll
    for (int power = 17; power > 1; power -= 2) {
        sine = 1 - sine * square * (1.0 / (power * (power - 1)));
    }
    double size = quarter % 2 == 0 ? cosine : sine * angle;
    return quarter == 1 || quarter == 2 ? -size : size;
}

// Of two numbers from 0 (inclusive) to 1 (exclusive), multiples of 2^-53.
static __device__ double gaussian(double one, double other) {
    return sqrt(-2 * gaussian_log(1 - one)) * gaussian_cosine(other);
}
