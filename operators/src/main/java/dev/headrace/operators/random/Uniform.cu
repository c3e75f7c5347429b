// Numbers drawn evenly, as Uniform.java draws them: in float64, rounded once.

#include "Elements.cuh"
#include "Draws.cuh"

struct Sample {
    POINTER(float) out;
    long long count;
    Series value;
    double low;
    double high;
};

extern "C" __global__ void uniform(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        Draws two = draw_two(sample.value, (unsigned)(i >> 1));
        double part = to_uniform(i & 1 ? two.odd : two.even) * (sample.high - sample.low);
        sample.out[i] = (float)(sample.low + part);
    }
}
