// Makes a tensor longer at the ends of some axes, as Pad.java does.

#include "Elements.cuh"

struct Sample {
    Bytes in;
    BytesOut out;
    Bytes fill;
    POINTER(const long long) extents; // of each axis before and after
    long long count;
    int axes;
    int width;
};

extern "C" __global__ void pad(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        bool inside = true;
        long long from = 0;
        long long apart = 1;
        long long rest = i;
        for (int axis = sample.axes - 1; axis >= 0; axis--) {
            long long before = sample.extents[2 * axis];
            long long after = sample.extents[2 * axis + 1];
            long long place = rest % after;
            rest /= after;
            inside = inside && place < before;
            from += place * apart;
            apart *= before;
        }
        for (int byte = 0; byte < sample.width; byte++) {
            sample.out[i * sample.width + byte] =
                inside ? sample.in[from * sample.width + byte] : sample.fill[byte];
        }
    }
}
