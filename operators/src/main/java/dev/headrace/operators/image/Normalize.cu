// Intensities around 0, as Normalize.java says: each step rounded to float32.

#include "Elements.cuh"

struct Sample {
    Bytes in;
    BytesOut out;
    long long height;
    long long width;
    long long channels;
    int from;
    int to;
    int planes;
    int reversed;
    int means;
    float mean[16];
    float factor[16];
};

extern "C" __global__ void normalize(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    long long area = sample.height * sample.width;
    long long count = area * sample.channels;
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step) {
        long long channel = sample.planes ? i / area : i % sample.channels;
        long long place = sample.planes ? i % area : i / sample.channels;
        long long x = place % sample.width;
        long long from = place - x + (sample.reversed ? sample.width - 1 - x : x);
        int its = sample.means == 1 ? 0 : (int)channel;
        float number = (float)read_number(sample.in, sample.from, from * sample.channels + channel);
        float centered = number - sample.mean[its];
        write_number(sample.out, sample.to, i, centered * sample.factor[its]);
    }
}
