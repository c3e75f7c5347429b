// Each element as the nearest one of another type, as Cast.java says.

#include "Elements.cuh"

struct Sample {
    Bytes in;
    BytesOut out;
    long long count;
    int from;
    int to;
    int width; // bytes of an element, where both types are one
};

extern "C" __global__ void cast(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    bool wide = (sample.from == INT64 || sample.from == UINT64) &&
                (sample.to == INT64 || sample.to == UINT64);
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        if (sample.from == sample.to) {
            for (int byte = 0; byte < sample.width; byte++) {
                sample.out[i * sample.width + byte] = sample.in[i * sample.width + byte];
            }
        } else if (wide) { // the bits are the same where both types have the value
            long long bits = ((POINTER(const long long))sample.in)[i];
            long long otherwise = sample.to == UINT64 ? 0 : 9223372036854775807LL;
            ((POINTER(long long))sample.out)[i] = bits >= 0 ? bits : otherwise;
        } else {
            write_number(sample.out, sample.to, i, read_number(sample.in, sample.from, i));
        }
    }
}
