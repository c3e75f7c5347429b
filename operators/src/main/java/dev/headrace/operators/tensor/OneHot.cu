// Class numbers as vectors, as OneHot.java makes them.

#include "Elements.cuh"

struct Sample {
    POINTER(const long long) places;
    POINTER(float) out;
    long long count;
    long long classes;
    float on;
    float off;
};

extern "C" __global__ void one_hot(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        bool its = sample.places[i / sample.classes] == i % sample.classes;
        sample.out[i] = its ? sample.on : sample.off;
    }
}
