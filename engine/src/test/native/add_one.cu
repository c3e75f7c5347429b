// Adds 1 to every number of every sample: a row of blocks for each sample, by its descriptor.

#ifndef POINTER
#define POINTER(type) type *
#endif

struct Sample {
    POINTER(const float) in;
    POINTER(float) out;
    long long count;
};

extern "C" __global__ void add_one(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += gridDim.x * blockDim.x) {
        sample.out[i] = sample.in[i] + 1;
    }
}
