// Another brightness and contrast, as BrightnessContrast.java says: each step rounded to float32.

#include "Elements.cuh"

struct Sample {
    Bytes in;
    BytesOut out;
    long long count;
    int floats;
    float factor;
    float addend;
};

extern "C" __global__ void brightness_contrast(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    int type = sample.floats ? FLOAT32 : UINT8;
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += step) {
        float product = (float)read_number(sample.in, type, i) * sample.factor;
        float number = product + sample.addend;
        if (sample.floats) {
            ((POINTER(float))sample.out)[i] = number;
        } else {
            sample.out[i] = to_intensity(number);
        }
    }
}
