// Writes what CoinFlip.java has drawn.

#include "Elements.cuh"

struct Sample {
    BytesOut out;
    int shows;
};

extern "C" __global__ void coin_flip(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        sample.out[0] = (unsigned char)sample.shows;
    }
}
