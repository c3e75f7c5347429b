// Draws as the host has them: Philox4x32-10, as Philox.java and Series.java say.

struct Series {
    unsigned long long key;
    unsigned long long counter_low;
    unsigned long long counter_high;
};

// Two draws.
struct Draws {
    unsigned long long even;
    unsigned long long odd;
};

static __device__ Draws draw_two(const Series &series, unsigned block) {
    unsigned c0 = (unsigned)series.counter_low;
    unsigned c1 = (unsigned)(series.counter_low >> 32);
    unsigned c2 = (unsigned)series.counter_high;
    unsigned c3 = block;
    unsigned k0 = (unsigned)series.key;
    unsigned k1 = (unsigned)(series.key >> 32);
    for (int round = 0; round < 10; round++) {
        unsigned long long product0 = 0xD2511F53ULL * c0;
        unsigned long long product1 = 0xCD9E8D57ULL * c2;
        c0 = (unsigned)(product1 >> 32) ^ c1 ^ k0;
        c1 = (unsigned)product1;
        c2 = (unsigned)(product0 >> 32) ^ c3 ^ k1;
        c3 = (unsigned)product0;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    Draws out;
    out.even = c0 | (unsigned long long)c1 << 32;
    out.odd = c2 | (unsigned long long)c3 << 32;
    return out;
}

// From 0 (inclusive) to 1 (exclusive), a multiple of 2^-53.
static __device__ double to_uniform(unsigned long long bits) {
    return (double)(bits >> 11) * 1.1102230246251565e-16;
}
