// Logarithm and cosine as java.lang.StrictMath has them, to the last bit, where Normal.java needs
// them. They are those of fdlibm 5.3 (e_log.c, s_cos.c, k_cos.c, k_sin.c, e_rem_pio2.c), of which
// what other arguments need is left out:
//
// Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved.
// Permission to use, copy, modify, and distribute this software is freely granted, provided that
// this notice is preserved.

union Words {
    double number;
    unsigned long long bits;
};

static __device__ int upper(double number) {
    Words words;
    words.number = number;
    return (int)(words.bits >> 32);
}

static __device__ double with_upper(double number, int word) {
    Words words;
    words.number = number;
    words.bits = (words.bits & 0xffffffffULL) | (unsigned long long)(unsigned)word << 32;
    return words.number;
}

// Of a number from 2^-53 to 1.
static __device__ double strict_log(double x) {
    const double ln2_high = 6.93147180369123816490e-01;
    const double ln2_low = 1.90821492927058770002e-10;
    int high = upper(x);
    int fraction = high & 0xfffff;
    int above = (fraction + 0x95f64) & 0x100000; // whether it is above the root of 2
    double k = (high >> 20) - 1023 + (above >> 20);
    double f = with_upper(x, fraction | (above ^ 0x3ff00000)) - 1.0;
    if ((0xfffff & (2 + fraction)) < 3) { // |f| < 2^-20
        if (f == 0) {
            return k == 0 ? 0 : k * ln2_high + k * ln2_low;
        }
        double r = f * f * (0.5 - 0.33333333333333333 * f);
        return k == 0 ? f - r : k * ln2_high - ((r - k * ln2_low) - f);
    }
    double s = f / (2.0 + f);
    double z = s * s;
    double w = z * z;
    double t1 = w * (3.999999999940941908e-01 +
                     w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double t2 = z * (6.666666666666735130e-01 +
                     w * (2.857142874366239149e-01 +
                          w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double r = t2 + t1;
    if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
        double half = 0.5 * f * f;
        return k == 0 ? f - (half - s * (half + r))
                      : k * ln2_high - ((half - (s * (half + r) + k * ln2_low)) - f);
    }
    return k == 0 ? f - s * (f - r) : k * ln2_high - ((s * (f - r) - k * ln2_low) - f);
}

// Of x + y, |x| at most pi / 4, y its rest.
static __device__ double small_sin(double x, double y) {
    if ((upper(x) & 0x7fffffff) < 0x3e400000) { // below 2^-27
        return x;
    }
    double z = x * x;
    double v = z * x;
    double r = 8.33333333332248946124e-03 +
               z * (-1.98412698298579493134e-04 +
                    z * (2.75573137070700676789e-06 +
                         z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    return x - ((z * (0.5 * y - v * r) - y) - v * -1.66666666666666324348e-01);
}

static __device__ double small_cos(double x, double y) {
    int high = upper(x) & 0x7fffffff;
    if (high < 0x3e400000) {
        return 1;
    }
    double z = x * x;
    double c = 2.48015872894767294178e-05 +
               z * (-2.75573143513906633035e-07 +
                    z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
    double r = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * c));
    if (high < 0x3fd33333) { // 0.3
        return 1.0 - (0.5 * z - (z * r - x * y));
    }
    double q = high > 0x3fe90000 ? 0.28125 : with_upper(0, high - 0x00200000); // about x / 4
    double rest = 0.5 * z - q;
    double a = 1.0 - q;
    return a - (rest - (z * r - x * y));
}

// Of a number from 0 to 2 pi, a multiple of 2^-53 of it: no such one is so near to a half or a whole
// pi that more than 66 bits of those would matter.
static __device__ double strict_cos(double x) {
    const double half_pi_1 = 1.57079632673412561417e+00; // 33 bits, and what is left
    const double half_pi_1_rest = 6.07710050650619224932e-11;
    const double half_pi_2 = 6.07710050630396597660e-11; // 33 bits of that, and what is left
    const double half_pi_2_rest = 2.02226624879595063154e-21;
    int high = upper(x);
    if (high <= 0x3fe921fb) { // pi / 4
        return small_cos(x, 0);
    }
    int n;
    double y0;
    double y1;
    if (high < 0x4002d97c) { // 3 pi / 4
        n = 1;
        double z = x - half_pi_1;
        double rest = half_pi_1_rest;
        if (high == 0x3ff921fb) { // near pi / 2
            z = z - half_pi_2;
            rest = half_pi_2_rest;
        }
        y0 = z - rest;
        y1 = (z - y0) - rest;
    } else {
        n = (int)(x * 6.36619772367581382433e-01 + 0.5);
        double times = n;
        double r = x - times * half_pi_1;
        double w = times * half_pi_1_rest;
        y0 = r - w;
        if (high == 0x400921fb || high == 0x4012d97c || high == 0x401921fb) { // near n pi / 2
            if ((high >> 20) - (upper(y0) >> 20 & 0x7ff) > 16) {
                double t = r;
                w = times * half_pi_2;
                r = t - w;
                w = times * half_pi_2_rest - ((t - r) - w);
                y0 = r - w;
            }
        }
        y1 = (r - y0) - w;
    }
    switch (n & 3) {
    case 0:
        return small_cos(y0, y1);
    case 1:
        return -small_sin(y0, y1);
    case 2:
        return -small_cos(y0, y1);
    default:
        return small_sin(y0, y1);
    }
}
