// Normally distributed numbers, as Normal.java draws them: in float64, rounded once.

#include "Elements.cuh"
#include "Draws.cuh"
#include "Gaussian.cuh"

struct Sample {
    POINTER(float) out;
    long long count;
    Series value;
    double mean;
    double deviation;
};

extern "C" __global__ void normal(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        Draws two = draw_two(sample.value, (unsigned)i);
        double number = gaussian(to_uniform(two.even), to_uniform(two.odd));
        sample.out[i] = (float)(sample.mean + number * sample.deviation);
    }
}
