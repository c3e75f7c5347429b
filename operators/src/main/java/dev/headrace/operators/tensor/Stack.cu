// Several tensors side by side along a new axis, as Stack.java does.

#include "Elements.cuh"

struct Sample {
    POINTER(const Bytes) in;
    BytesOut out;
    long long count;
    long long piece; // elements of one input that lie together in the output
    int inputs;
    int width;
};

extern "C" __global__ void stack(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        long long pieces = i / sample.piece;
        Bytes in = sample.in[pieces % sample.inputs];
        long long from = pieces / sample.inputs * sample.piece + i % sample.piece;
        for (int byte = 0; byte < sample.width; byte++) {
            sample.out[i * sample.width + byte] = in[from * sample.width + byte];
        }
    }
}
