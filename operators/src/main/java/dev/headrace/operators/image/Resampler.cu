// An image of another size, as Resampler.java makes it: each product and each sum rounded to
// float32, in the order of the taps. Each thread adds up its own window, the rows of one column
// after the other.

#include "Elements.cuh"

struct Taps {
    int count;
    POINTER(const int) first;
    POINTER(const float) weights;
};

struct Sample {
    Bytes in;
    BytesOut out;
    long long corner;
    long long stride;
    long long count;
    long long width;
    long long channels;
    Taps down;
    Taps across;
    int floats;
};

static __device__ float add_rows(const Sample &sample, long long at, long long weight) {
    float sum = sample.down.weights[weight] * (float)sample.in[at];
    for (int k = 1; k < sample.down.count; k++) {
        float product = sample.down.weights[weight + k] * (float)sample.in[at + k * sample.stride];
        sum = sum + product;
    }
    return sum;
}

extern "C" __global__ void resample(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        long long channel = i % sample.channels;
        long long x = i / sample.channels % sample.width;
        long long y = i / sample.channels / sample.width;
        long long at = sample.corner + sample.down.first[y] * sample.stride +
                       sample.across.first[x] * sample.channels + channel;
        float sum = 0;
        for (int k = 0; k < sample.across.count; k++) {
            float rows = add_rows(sample, at + k * sample.channels, y * sample.down.count);
            float product = sample.across.weights[x * sample.across.count + k] * rows;
            sum = sum + product;
        }
        if (sample.floats) {
            ((POINTER(float))sample.out)[i] = sum;
        } else {
            sample.out[i] = to_intensity(sum);
        }
    }
}
