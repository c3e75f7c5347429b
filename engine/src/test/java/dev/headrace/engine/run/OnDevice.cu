#ifndef POINTER
#define POINTER(type) type *
#endif
struct Sample {
    POINTER(const double) left;
    POINTER(const double) right;
    POINTER(double) out;
    double amount;
    int factor;
    long long count;
};
extern "C" __global__ void combine(POINTER(const Sample) samples) {
    Sample sample = samples[blockIdx.y];
    for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += gridDim.x * blockDim.x) {
        double right = sample.factor == 0 ? 0 : sample.right[i];
        sample.out[i] = sample.left[i] + sample.factor * right + sample.amount;
    }
}

struct Counted {
    POINTER(double) out;
    int first;
    POINTER(const int) firstNumbers;
    POINTER(const double) numbers;
    long long count;
};
extern "C" __global__ void count_up(POINTER(const Counted) samples) {
    Counted sample = samples[blockIdx.y];
    for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < sample.count;
         i += gridDim.x * blockDim.x) {
        sample.out[i] = i < sample.first ? sample.firstNumbers[i] : sample.numbers[i];
    }
}
