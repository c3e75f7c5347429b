// Compiles a .cu file for the host, as C++17: the words of CUDA that kernels use, and a pointer
// that tells the simulated driver of every load and store.
//
// A kernel writes POINTER(float) where it means float*, and says before its first use what that
// is where this header is not there:
//
//     #ifndef POINTER
//     #define POINTER(type) type*
//     #endif
//
// Threads of a launch run one after the other, so there is no __syncthreads here, and no shared
// memory: a kernel that has them does not compile. A structure is read whole, from a
// POINTER(const Structure) by samples[i]; of a POINTER to one that is not const, take a copy.
#ifndef CUDA_HOST_H
#define CUDA_HOST_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sim {

using Access = void *(*)(uint64_t address, uint64_t bytes, uint64_t alignment, int write);

inline Access access = nullptr;

// Thrown out of a kernel that has broken its device.
struct Fault {};

inline void *at(uint64_t address, uint64_t bytes, uint64_t alignment, bool write) {
    void *memory = access(address, bytes, alignment, write);
    if (memory == nullptr) {
        throw Fault();
    }
    return memory;
}

template <class T> std::remove_const_t<T> load(uint64_t address) {
    std::remove_const_t<T> value;
    std::memcpy(&value, at(address, sizeof(T), alignof(T), false), sizeof(T));
    return value;
}

template <class T> void store(uint64_t address, const T &value) {
    std::memcpy(at(address, sizeof(T), alignof(T), true), &value, sizeof(T));
}

template <class T> class Pointer;

// What lies at an address: a load where it is read, a store where it is assigned to.
template <class T> class Place {
    uint64_t address;

  public:
    explicit Place(uint64_t address) : address(address) {}
    operator T() const { return load<T>(address); }
    T operator=(const T &value) const {
        store<T>(address, value);
        return value;
    }
    T operator=(const Place &other) const { return *this = static_cast<T>(other); }
    template <class U> T operator+=(const U &value) const { return *this = T(T(*this) + value); }
    template <class U> T operator-=(const U &value) const { return *this = T(T(*this) - value); }
    template <class U> T operator*=(const U &value) const { return *this = T(T(*this) * value); }
    template <class U> T operator|=(const U &value) const { return *this = T(T(*this) | value); }
    Pointer<T> operator&() const;
};

// An address of the device. As large as a plain one, and copied like it.
template <class T> class Pointer {
    uint64_t address;
    using Seen = std::conditional_t<std::is_const_v<T>, std::remove_const_t<T>, Place<T>>;

  public:
    Pointer() = default;
    Pointer(std::nullptr_t) : address(0) {}
    explicit Pointer(uint64_t address) : address(address) {}
    template <class U> explicit Pointer(Pointer<U> other) : address(uint64_t(other)) {}
    operator Pointer<const T>() const { return Pointer<const T>(address); }
    explicit operator uint64_t() const { return address; }
    explicit operator bool() const { return address != 0; }

    Seen operator[](int64_t i) const {
        uint64_t there = address + i * int64_t(sizeof(T));
        if constexpr (std::is_const_v<T>) {
            return load<T>(there);
        } else {
            return Place<T>(there);
        }
    }
    Seen operator*() const { return (*this)[0]; }

    Pointer operator+(int64_t n) const { return Pointer(address + n * int64_t(sizeof(T))); }
    Pointer operator-(int64_t n) const { return *this + -n; }
    int64_t operator-(Pointer other) const {
        return int64_t(address - other.address) / int64_t(sizeof(T));
    }
    Pointer &operator+=(int64_t n) { return *this = *this + n; }
    Pointer &operator-=(int64_t n) { return *this = *this - n; }
    Pointer &operator++() { return *this += 1; }
    Pointer operator++(int) {
        Pointer before = *this;
        *this += 1;
        return before;
    }
    bool operator==(Pointer other) const { return address == other.address; }
    bool operator!=(Pointer other) const { return address != other.address; }
    bool operator<(Pointer other) const { return address < other.address; }
};

template <class T> Pointer<T> Place<T>::operator&() const { return Pointer<T>(address); }

struct Index {
    unsigned x, y, z;
};

inline thread_local Index thread_index, block_index, block_extent, grid_extent;

// Reads parameters that lie one behind the other, aligned as in a structure.
class Parameters {
    const char *block;
    size_t offset = 0;

  public:
    explicit Parameters(const void *block) : block(static_cast<const char *>(block)) {}
    template <class T> T next() {
        offset = (offset + alignof(T) - 1) / alignof(T) * alignof(T);
        T value;
        std::memcpy(&value, block + offset, sizeof(T));
        offset += sizeof(T);
        return value;
    }
};

template <class... T> size_t bytes(void (*)(T...)) {
    size_t offset = 0;
    ((offset = (offset + alignof(T) - 1) / alignof(T) * alignof(T) + sizeof(T)), ...);
    return offset;
}

// Runs all threads, one after the other. 1 if the kernel broke the device.
template <class... T> int run(void (*kernel)(T...), const unsigned *grid, const void *block) {
    Parameters parameters(block);
    std::tuple<T...> values{parameters.next<T>()...}; // in this order, by the braces
    grid_extent = {grid[0], grid[1], grid[2]};
    block_extent = {grid[3], grid[4], grid[5]};
    uint64_t blocks = uint64_t(grid[0]) * grid[1] * grid[2];
    uint64_t threads = uint64_t(grid[3]) * grid[4] * grid[5];
    try {
        for (uint64_t b = 0; b < blocks; b++) {
            block_index = {unsigned(b % grid[0]), unsigned(b / grid[0] % grid[1]),
                           unsigned(b / grid[0] / grid[1])};
            for (uint64_t t = 0; t < threads; t++) {
                thread_index = {unsigned(t % grid[3]), unsigned(t / grid[3] % grid[4]),
                                unsigned(t / grid[3] / grid[4])};
                std::apply(kernel, values);
            }
        }
    } catch (const Fault &) {
        return 1;
    }
    return 0;
}

} // namespace sim

// After the includes above, which mean the words of the compiler.
#undef __restrict__
#define __restrict__
#define __global__
#define __device__
#define __host__
#define __constant__ const
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define POINTER(type) sim::Pointer<type>
#define threadIdx sim::thread_index
#define blockIdx sim::block_index
#define blockDim sim::block_extent
#define gridDim sim::grid_extent

template <class T> T atomicAdd(sim::Pointer<T> place, std::common_type_t<T> value) {
    T before = *place;
    *place = T(before + value);
    return before;
}
template <class T> std::remove_const_t<T> __ldg(sim::Pointer<T> place) { return *place; }
inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fmaf(a, b, c); }
inline int __float2int_rn(float a) { return int(std::rint(a)); }

extern "C" inline __attribute__((used)) void sim_bind(sim::Access access) { sim::access = access; }

// Makes a kernel known to the simulated driver.
#define SIM_KERNEL(name)                                                                           \
    extern "C" uint64_t sim_bytes_##name() { return sim::bytes(&name); }                           \
    extern "C" int sim_run_##name(const unsigned *grid, const void *block) {                       \
        return sim::run(&name, grid, block);                                                       \
    }

#endif
