// Copies a tensor of any strides into a dense one, as Strided.java does.

#include "Elements.cuh"

struct Sample {
    Bytes in;
    BytesOut out;
    long long start;
    long long count;
    int width;
    int axes;
    long long extents[8];
    long long steps[8];
};

extern "C" __global__ void strided(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        long long from = sample.start;
        long long rest = i;
        for (int axis = sample.axes - 1; axis >= 0; axis--) {
            from += rest % sample.extents[axis] * sample.steps[axis];
            rest /= sample.extents[axis];
        }
        for (int byte = 0; byte < sample.width; byte++) {
            sample.out[i * sample.width + byte] = sample.in[from + byte];
        }
    }
}
