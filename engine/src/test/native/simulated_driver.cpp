// A libcuda.so.1 for machines without a device: the functions of the driver that Headrace uses,
// after their documentation in "cuda.h" of CUDA 12.0.
//
// A stream is a thread with a queue. Memory of a device is memory of the host, behind addresses
// that no processor can read (bits 47 and up are neither all 0 nor all 1), and never used twice.
// Kernels are the .cu files, compiled for the host (cuda_host.h).
//
// It finds races by vector clocks. Each stream has one, and the host has one: host threads are
// taken to tell each other what they waited for, since how Java hands work from thread to thread
// cannot be seen from here. A clock is joined where something waits. Every access by a copy, a
// fill or a kernel is kept, byte by byte, with the time of its stream; one that conflicts with an
// earlier one which its own clock does not know is a race, in whatever order the two happened to
// run.
//
// Tests command it by the functions sim_*, at the end of this file. All state lies under one lock.

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

namespace {

enum Result {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    LAUNCH_OUT_OF_RESOURCES = 701,
    HOST_MEMORY_ALREADY_REGISTERED = 712,
    HOST_MEMORY_NOT_REGISTERED = 713,
    CONTEXT_IS_DESTROYED = 709,
    MISALIGNED_ADDRESS = 716,
};

struct Words {
    int code;
    const char *name;
    const char *text;
};

const Words WORDS[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED",
     "part or all of the requested memory range is already mapped"},
    {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED",
     "pointer does not correspond to a registered memory region"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const int HOST = 0; // the host's place in every clock
const int DEVICES = 16;
const uint64_t GAP = 4096; // between blocks: running over the end of one is no access to the next
const uint64_t MAPPED = 1ull << 56; // device n begins at (n + 1) times so much

// Who knows of whose actions: a count for each, the host first, then streams as they were made.
struct Clock {
    std::vector<uint32_t> counts;

    uint32_t of(int actor) const { return size_t(actor) < counts.size() ? counts[actor] : 0; }
    uint32_t tick(int actor) {
        if (size_t(actor) >= counts.size()) {
            counts.resize(actor + 1);
        }
        return ++counts[actor];
    }
    void join(const Clock &other) {
        if (other.counts.size() > counts.size()) {
            counts.resize(other.counts.size());
        }
        for (size_t i = 0; i < other.counts.size(); i++) {
            counts[i] = std::max(counts[i], other.counts[i]);
        }
    }
};

// Who read or wrote, and when by its own count. Nobody, if the action is -1.
struct Access {
    int actor = 0;
    uint32_t time = 0;
    int action = -1;
};

// The last accesses to bytes that were treated alike.
struct Touched {
    uint64_t end;
    Access write;
    std::vector<Access> reads; // since the write
};

struct Memory {
    uint64_t base = 0;
    uint64_t bytes = 0;
    char *host = nullptr;
    int device = -1; // none: pinned
    bool foreign = false; // pinned, and somebody else's
    int number = 0;
    std::atomic<bool> freed{false};
    std::map<uint64_t, Touched> touched; // by first byte, none overlapping

    ~Memory() {
        if (!foreign) {
            munmap(host, bytes);
        }
    }
};
using Block = std::shared_ptr<Memory>;

// A point in a stream.
struct Mark {
    bool done = false;
    Clock clock;
};

struct Device {
    int number = 0;
    uint64_t bytes = 1ull << 30;
    uint64_t used = 0;
    uint64_t next = 0;
    int retained = 0;
    int lost = 0;
    struct Stream *defaultStream = nullptr; // once somebody has named it
};

struct Event {
    Device *device;
    std::shared_ptr<Mark> mark;
};

struct Module {
    Device *device;
    void *library;
};

struct Function {
    Module *module;
    std::string name;
    int (*run)(const unsigned *, const void *);
    uint64_t bytes;
};

// What a kernel read and wrote, a bit a byte.
struct Bits {
    Block block;
    std::vector<bool> read;
    std::vector<bool> written;
};

// One range that a copy or fill reads or writes.
struct Range {
    Block block;
    uint64_t from;
    uint64_t to;
    bool write;
};

struct Work {
    enum Kind { DATA, MARK, WAIT } kind = DATA;
    std::string name;
    int action = -1;
    Clock host; // what the host knew when it queued this
    std::vector<Range> ranges;
    std::shared_ptr<Mark> mark;
    std::shared_ptr<std::vector<char>> copied; // parameters, or what was read from pageable memory
    Function *kernel = nullptr;
    unsigned grid[6] = {};
    std::function<void()> data; // unless it is a kernel
};

struct Stream {
    Device *device;
    int number; // from 1, which is also its place in clocks
    Clock clock;
    std::deque<Work> queue;
    Work *running = nullptr;
    bool held = false;
    bool waiting = false; // for a mark of another
    bool closing = false;
    uint64_t done = 0;
    std::thread thread;
};

// For sim_log.
struct Action {
    std::string name;
    int stream;
    uint64_t bytes;
    long start = -1;
    long end = -1;
};

struct Order {
    std::string function;
    long call; // how many calls from now
    int code;  // or IGNORE
};
const int IGNORE = -1;

struct State {
    std::mutex lock;
    std::condition_variable changed;
    bool initialized = false;
    int version = 12000;
    int devices = 1;
    std::vector<int> visible;
    Device device[DEVICES];
    Clock host;
    std::map<uint64_t, Block> memory; // by first address, freed memory of devices too
    std::set<Stream *> streams;
    std::set<Stream *> destroyed; // whose threads still run
    std::set<Event *> events;
    std::set<Module *> modules;
    std::set<Function *> functions;
    std::map<std::string, long> calls;
    std::vector<Order> orders;
    std::vector<Action> actions;
    std::vector<std::string> reports;
    std::set<std::string> told; // pairs of actions that were reported
    long sequence = 0;
    int lastStream = 0;
    int lastMemory = 0;
    uint64_t pinnedLimit = ~0ull;
    uint64_t pinned = 0;
    uint64_t delaySeed = 0;
    uint64_t delayMicroseconds = 0;
    std::string answer;

    State() {
        for (int i = 0; i < DEVICES; i++) {
            device[i].number = i;
        }
    }
};

// Never destroyed: threads of streams may outlive main.
State &state = *new State();
thread_local Device *current = nullptr;
thread_local std::vector<Device *> below; // the contexts that were current before

using Lock = std::unique_lock<std::mutex>;

std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));
std::string text(const char *format, ...) {
    char buffer[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

void report(const std::string &line) { state.reports.push_back(line); }

// Counts a call; what a test ordered for it, or 0.
int enter(const char *function) {
    state.calls[function]++;
    int code = SUCCESS;
    for (auto &order : state.orders) {
        if (order.function == function && order.call > 0 && --order.call == 0) {
            code = order.code;
        }
    }
    return code;
}

int needContext() {
    if (!state.initialized) {
        return NOT_INITIALIZED;
    }
    if (current == nullptr) {
        return INVALID_CONTEXT;
    }
    if (current->retained == 0) {
        return CONTEXT_IS_DESTROYED;
    }
    return current->lost;
}

// Begins a function: takes the lock, and returns what was ordered or is wrong.
#define ENTER(name)                                                                                \
    Lock lock(state.lock);                                                                         \
    if (int ordered = enter(name)) {                                                               \
        return ordered == IGNORE ? SUCCESS : ordered;                                              \
    }
#define ENTER_CONTEXT(name)                                                                        \
    ENTER(name)                                                                                    \
    if (int wrong = needContext()) {                                                               \
        return wrong;                                                                              \
    }
#define CHECK(condition, code)                                                                     \
    if (!(condition)) {                                                                            \
        return code;                                                                               \
    }

template <class T> bool holds(const std::set<T *> &set, T *handle) {
    return set.count(handle) != 0;
}

// Memory, live or freed, that an address lies in, or so many bytes beyond.
Block find(uint64_t address, uint64_t beyond = 0) {
    auto after = state.memory.upper_bound(address);
    if (after == state.memory.begin()) {
        return nullptr;
    }
    auto block = std::prev(after)->second;
    return address - block->base < block->bytes + beyond ? block : nullptr;
}

bool isOfDevice(uint64_t address) { return address >= MAPPED; }

std::string name(const Memory &memory) {
    return memory.foreign      ? text("registered memory %d", memory.number)
           : memory.device < 0 ? text("pinned memory %d", memory.number)
                               : text("memory %d of gpu(%d)", memory.number, memory.device);
}

std::string name(const Access &access) {
    auto &action = state.actions[access.action];
    return access.actor == HOST
               ? action.name + " by the host"
               : text("%s (action %d) on stream %d", action.name.c_str(), access.action,
                      action.stream);
}

std::string name(const std::string &work, int action, const Stream &stream) {
    return text("%s (action %d) on stream %d", work.c_str(), action, stream.number);
}

// --- Races

void checkOrder(const Memory &memory, uint64_t from, uint64_t to, const Access &before,
                bool wrote, const Access &now, bool writes, const Clock &clock) {
    if (before.action < 0 || clock.of(before.actor) >= before.time) {
        return;
    }
    int first = std::min(before.action, now.action);
    int second = std::max(before.action, now.action);
    if (state.told.insert(text("%d %d %d", first, second, memory.number)).second) {
        report(text("race: %s %s and %s %s bytes %llu to %llu of %s, and neither waits for the "
                    "other",
                    name(before).c_str(), wrote ? "writes" : "reads", name(now).c_str(),
                    writes ? "writes" : "reads", (unsigned long long)from, (unsigned long long)to,
                    name(memory).c_str()));
    }
}

// Cuts what is known at an offset.
void cut(Memory &memory, uint64_t at) {
    auto after = memory.touched.upper_bound(at);
    if (after == memory.touched.begin()) {
        return;
    }
    auto before = std::prev(after);
    if (before->first < at && at < before->second.end) {
        Touched rest = before->second;
        before->second.end = at;
        memory.touched.emplace(at, std::move(rest));
    }
}

// Keeps an access to bytes from, up to but without to, and checks it against earlier ones.
void touch(Memory &memory, uint64_t from, uint64_t to, bool writes, const Access &now,
           const Clock &clock) {
    if (from >= to) {
        return;
    }
    cut(memory, from);
    cut(memory, to);
    auto begin = memory.touched.lower_bound(from);
    auto end = memory.touched.lower_bound(to);
    for (auto i = begin; i != end; ++i) {
        checkOrder(memory, i->first, i->second.end, i->second.write, true, now, writes, clock);
        if (writes) {
            for (auto &read : i->second.reads) {
                checkOrder(memory, i->first, i->second.end, read, false, now, writes, clock);
            }
        }
    }
    if (writes) {
        memory.touched.erase(begin, end);
        memory.touched.emplace(from, Touched{to, now, {}});
        return;
    }
    uint64_t next = from;
    for (auto i = begin; i != end; ++i) {
        if (next < i->first) {
            memory.touched.emplace(next, Touched{i->first, Access(), {now}});
        }
        auto &reads = i->second.reads;
        reads.erase(std::remove_if(reads.begin(), reads.end(),
                                   [&](const Access &read) { return read.actor == now.actor; }),
                    reads.end());
        reads.push_back(now);
        next = i->second.end;
    }
    if (next < to) {
        memory.touched.emplace(next, Touched{to, Access(), {now}});
    }
}

// --- Kernels

// What the thread of a stream runs.
struct Running {
    Stream *stream;
    const Work *work;
    std::map<Memory *, Bits> bits;
    Bits *last = nullptr;
    int fault = 0;
};
thread_local Running *running = nullptr;

void *faulty(int code, const std::string &what) {
    report(name(running->work->name, running->work->action, *running->stream) + " " + what);
    running->fault = code;
    return nullptr;
}

Bits *lookUp(uint64_t address) {
    auto block = find(address, GAP);
    int device = running->stream->device->number;
    if (block == nullptr || (block->device >= 0 && block->device != device)) {
        return nullptr;
    }
    auto &bits = running->bits[block.get()];
    if (bits.block == nullptr) {
        bits.block = block;
        bits.read.resize(block->bytes);
        bits.written.resize(block->bytes);
    }
    return &bits;
}

// Called by kernels for each load and store; nullptr ends the kernel.
void *kernelAccess(uint64_t address, uint64_t bytes, uint64_t alignment, int write) {
    Bits *bits = running->last;
    if (bits == nullptr || address - bits->block->base >= bits->block->bytes) {
        Lock lock(state.lock);
        bits = running->last = lookUp(address);
        if (bits == nullptr) {
            return faulty(ILLEGAL_ADDRESS,
                          text("%s %llu bytes at 0x%llx, where it has no memory",
                               write ? "writes" : "reads", (unsigned long long)bytes,
                               (unsigned long long)address));
        }
    }
    Memory &memory = *bits->block;
    uint64_t offset = address - memory.base;
    if (memory.freed || offset + bytes > memory.bytes) {
        Lock lock(state.lock);
        return faulty(ILLEGAL_ADDRESS,
                      text("%s bytes %llu to %llu of %s, which %s", write ? "writes" : "reads",
                           (unsigned long long)offset, (unsigned long long)(offset + bytes),
                           name(memory).c_str(),
                           memory.freed
                               ? "was freed"
                               : text("has %llu", (unsigned long long)memory.bytes).c_str()));
    }
    if (address % alignment != 0) {
        Lock lock(state.lock);
        return faulty(MISALIGNED_ADDRESS,
                      text("%s at 0x%llx, which is not aligned to %llu",
                           write ? "writes" : "reads", (unsigned long long)address,
                           (unsigned long long)alignment));
    }
    auto &set = write ? bits->written : bits->read;
    std::fill(set.begin() + offset, set.begin() + offset + bytes, true);
    return memory.host + offset;
}

void touchBits(Memory &memory, const std::vector<bool> &set, bool writes, const Access &now,
               const Clock &clock) {
    for (auto i = std::find(set.begin(), set.end(), true); i != set.end();) {
        auto end = std::find(i, set.end(), false);
        touch(memory, i - set.begin(), end - set.begin(), writes, now, clock);
        i = std::find(end, set.end(), true);
    }
}

// --- Streams

// A number that looks random and is the same in each run.
uint64_t scramble(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void delay(Lock &lock, Stream &stream) {
    if (state.delayMicroseconds > 0) {
        uint64_t wait = scramble(scramble(state.delaySeed + stream.number) + stream.done++) %
                        state.delayMicroseconds;
        lock.unlock();
        usleep(wait);
        lock.lock();
    }
}

void runData(Lock &lock, Stream &stream, Work &work) {
    Access now{stream.number, stream.clock.tick(stream.number), work.action};
    state.actions[work.action].start = state.sequence++;
    delay(lock, stream);
    for (auto &range : work.ranges) {
        if (range.block->freed) {
            report(name(work.name, work.action, stream) + " runs after " + name(*range.block) +
                   " was freed");
        }
    }
    Running run{&stream, &work, {}, nullptr, 0};
    lock.unlock();
    running = &run;
    if (work.kernel != nullptr) {
        work.kernel->run(work.grid, work.copied->data());
    } else {
        work.data();
    }
    running = nullptr;
    lock.lock();
    for (auto &range : work.ranges) {
        touch(*range.block, range.from, range.to, range.write, now, stream.clock);
    }
    for (auto &[memory, bits] : run.bits) {
        // reads first: they do not conflict with the writes of the same kernel
        touchBits(*memory, bits.read, false, now, stream.clock);
        touchBits(*memory, bits.written, true, now, stream.clock);
    }
    state.actions[work.action].end = state.sequence++;
    if (run.fault != 0 && stream.device->lost == 0) {
        stream.device->lost = run.fault;
    }
}

void runWork(Lock &lock, Stream &stream, Work &work) {
    stream.clock.join(work.host);
    delay(lock, stream);
    if (work.kind == Work::WAIT) {
        auto come = [&] { return work.mark->done || stream.device->lost != 0; };
        stream.waiting = true;
        state.changed.notify_all();
        state.changed.wait(lock, come);
        stream.waiting = false;
        stream.clock.join(work.mark->clock);
    } else if (work.kind == Work::MARK) {
        work.mark->clock = stream.clock;
        work.mark->done = true;
    } else if (stream.device->lost == 0) {
        runData(lock, stream, work);
    }
}

void runStream(Stream *stream) {
    Lock lock(state.lock);
    while (true) {
        state.changed.wait(lock, [&] {
            return stream->queue.empty() ? stream->closing
                                         : !stream->held || stream->device->lost != 0;
        });
        if (stream->queue.empty()) {
            return;
        }
        Work work = std::move(stream->queue.front());
        stream->queue.pop_front();
        stream->running = &work;
        runWork(lock, *stream, work);
        stream->running = nullptr;
        state.changed.notify_all();
    }
}

void queue(Stream *stream, Work work) {
    if (work.kind == Work::DATA) {
        work.action = int(state.actions.size());
        uint64_t bytes = work.ranges.empty() ? 0 : work.ranges[0].to - work.ranges[0].from;
        state.actions.push_back({work.name, stream->number, bytes});
    }
    work.host = state.host;
    stream->queue.push_back(std::move(work));
    state.changed.notify_all();
}

std::shared_ptr<Mark> queueMark(Stream *stream) {
    Work work;
    work.kind = Work::MARK;
    work.mark = std::make_shared<Mark>();
    auto mark = work.mark;
    queue(stream, std::move(work));
    return mark;
}

// The host waits, and knows afterwards what was done before the mark.
int hostWait(Lock &lock, Device *device, const std::shared_ptr<Mark> &mark) {
    state.changed.wait(lock, [&] { return mark->done || device->lost != 0; });
    if (device->lost == 0) {
        state.host.join(mark->clock);
    }
    return device->lost;
}

// --- Memory

char *map(uint64_t bytes) {
    void *memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return nullptr;
    }
    std::memset(memory, 0xdb, bytes); // nobody can take it for initialized
    return static_cast<char *>(memory);
}

// Whether a range lies in live memory of a device; else says what is wrong.
bool resolve(const char *function, uint64_t address, uint64_t bytes, const Device *device,
             bool write, std::vector<Range> &ranges) {
    auto block = find(address);
    bool fits = block != nullptr && !block->freed &&
                block->device == (device == nullptr ? -1 : device->number) &&
                bytes <= block->bytes - (address - block->base);
    if (fits) {
        uint64_t from = address - block->base;
        ranges.push_back({block, from, from + bytes, write});
    } else {
        report(text("%s was given %llu bytes at 0x%llx, where %s has none%s", function,
                    (unsigned long long)bytes, (unsigned long long)address,
                    device == nullptr ? "pinned memory" : text("gpu(%d)", device->number).c_str(),
                    block != nullptr && block->freed ? " any more" : ""));
    }
    return fits;
}

// Whether all pages of a block are those of the file that is mapped there, or were once written.
bool isThere(const Memory &memory) {
    std::vector<unsigned char> pages(memory.bytes / 4096);
    return mincore(memory.host, memory.bytes, pages.data()) == 0 &&
           std::all_of(pages.begin(), pages.end(), [](unsigned char page) { return page & 1; });
}

char *host(const Range &range) { return range.block->host + range.from; }

int free(Lock &, uint64_t address, bool ofDevice) {
    auto block = find(address);
    CHECK(block != nullptr && !block->freed && block->base == address &&
              (block->device >= 0) == ofDevice,
          INVALID_VALUE);
    for (auto &[from, touched] : block->touched) {
        auto check = [&](const Access &access) {
            if (access.action >= 0 && state.host.of(access.actor) < access.time &&
                state.told.insert(text("%d free %d", access.action, block->number)).second) {
                report(name(*block) + " was freed, and nobody had waited for " + name(access));
            }
        };
        check(touched.write);
        std::for_each(touched.reads.begin(), touched.reads.end(), check);
    }
    for (auto *streams : {&state.streams, &state.destroyed}) {
        for (auto *stream : *streams) {
            auto check = [&](const Work &work) {
                for (auto &range : work.ranges) {
                    if (range.block == block) {
                        report(name(*block) + " was freed before " +
                               name(work.name, work.action, *stream) + " was done");
                    }
                }
            };
            std::for_each(stream->queue.begin(), stream->queue.end(), check);
            if (stream->running != nullptr) {
                check(*stream->running);
            }
        }
    }
    block->freed = true;
    if (ofDevice) {
        state.device[block->device].used -= block->bytes;
    } else {
        state.pinned -= block->bytes;
        state.memory.erase(block->base); // the system may give the address again
    }
    return SUCCESS;
}

long liveMemory(bool pinned, const Device *device) {
    long count = 0;
    for (auto &[base, block] : state.memory) {
        bool counts = pinned ? block->device < 0
                             : block->device >= 0 &&
                                   (device == nullptr || block->device == device->number);
        count += counts && !block->freed;
    }
    return count;
}

Stream *start(Device *device) {
    auto *stream = new Stream();
    stream->device = device;
    stream->number = ++state.lastStream;
    stream->thread = std::thread(runStream, stream);
    state.streams.insert(stream);
    return stream;
}

// But for default streams, which nobody made.
long liveStreams() {
    return std::count_if(state.streams.begin(), state.streams.end(), [](Stream *stream) {
        return stream != stream->device->defaultStream;
    });
}

void destroy(Stream *stream) {
    stream->closing = true;
    stream->held = false;
    state.streams.erase(stream);
    state.destroyed.insert(stream);
    state.changed.notify_all();
}

// The stream of a handle; 0 and 1 name the current device's default stream, and 2, which is that of
// each thread, the same here. It waits for no other by itself, as ours are made so that they neither
// wait for it.
Stream *named(Stream *handle) {
    if (reinterpret_cast<uintptr_t>(handle) > 2) {
        return handle;
    }
    if (current->defaultStream == nullptr) {
        current->defaultStream = start(current);
    }
    return current->defaultStream;
}

// Waits for the threads of streams that were destroyed.
void reap(Lock &lock) {
    while (!state.destroyed.empty()) {
        Stream *stream = *state.destroyed.begin();
        state.destroyed.erase(stream);
        lock.unlock();
        stream->thread.join();
        delete stream;
        lock.lock();
    }
}

// All that still lives in a context ends with it.
void endContext(Device *device) {
    long left = liveMemory(false, device);
    for (auto &[base, block] : state.memory) {
        if (block->device == device->number) {
            block->freed = true;
        }
    }
    device->used = 0;
    for (auto i = state.events.begin(); i != state.events.end();) {
        auto *event = *i++;
        if (event->device == device) {
            state.events.erase(event);
            left++;
        }
    }
    for (auto i = state.modules.begin(); i != state.modules.end();) {
        auto *module = *i++;
        if (module->device == device) {
            state.modules.erase(module);
            left++;
        }
    }
    for (auto i = state.streams.begin(); i != state.streams.end();) {
        auto *stream = *i++;
        if (stream->device == device) {
            left += stream != device->defaultStream;
            destroy(stream);
        }
    }
    device->defaultStream = nullptr;
    if (left > 0) {
        report(text("the context of gpu(%d) ended with %ld live objects", device->number, left));
    }
}

Device *deviceOf(void *context) {
    auto *device = static_cast<Device *>(context);
    bool known = device >= state.device && device < state.device + DEVICES;
    return known && device->retained > 0 ? device : nullptr;
}

bool isVisible(int device) {
    return device >= 0 && size_t(device) < state.visible.size();
}

// What CUDA_VISIBLE_DEVICES leaves, in its order, up to the first that is none.
std::vector<int> visibleDevices() {
    std::vector<int> visible;
    const char *setting = getenv("CUDA_VISIBLE_DEVICES");
    if (setting == nullptr) {
        for (int i = 0; i < state.devices; i++) {
            visible.push_back(i);
        }
        return visible;
    }
    while (*setting != 0) {
        char *end;
        long number = strtol(setting, &end, 10);
        if (end == setting || number < 0 || number >= state.devices) {
            break;
        }
        visible.push_back(int(number));
        setting = *end == ',' ? end + 1 : end;
    }
    return visible;
}

} // namespace

// --- The driver's functions

API int cuGetErrorName(int code, const char **name) {
    for (auto &words : WORDS) {
        if (words.code == code) {
            *name = words.name;
            return SUCCESS;
        }
    }
    *name = nullptr;
    return INVALID_VALUE;
}

API int cuGetErrorString(int code, const char **name) {
    for (auto &words : WORDS) {
        if (words.code == code) {
            *name = words.text;
            return SUCCESS;
        }
    }
    *name = nullptr;
    return INVALID_VALUE;
}

API int cuDriverGetVersion(int *version) {
    ENTER("cuDriverGetVersion")
    *version = state.version;
    return SUCCESS;
}

API int cuInit(unsigned flags) {
    ENTER("cuInit")
    CHECK(flags == 0, INVALID_VALUE)
    state.visible = visibleDevices();
    CHECK(!state.visible.empty(), NO_DEVICE)
    state.initialized = true;
    return SUCCESS;
}

API int cuDeviceGetCount(int *count) {
    ENTER("cuDeviceGetCount")
    CHECK(state.initialized, NOT_INITIALIZED)
    *count = int(state.visible.size());
    return SUCCESS;
}

API int cuDeviceGet(int *device, int ordinal) {
    ENTER("cuDeviceGet")
    CHECK(state.initialized, NOT_INITIALIZED)
    CHECK(isVisible(ordinal), INVALID_DEVICE)
    *device = ordinal;
    return SUCCESS;
}

API int cuDeviceGetName(char *name, int length, int device) {
    ENTER("cuDeviceGetName")
    CHECK(isVisible(device), INVALID_DEVICE)
    snprintf(name, length, "Simulated GPU %d", state.visible[device]);
    return SUCCESS;
}

API int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    ENTER("cuDeviceTotalMem_v2")
    CHECK(isVisible(device), INVALID_DEVICE)
    *bytes = state.device[device].bytes;
    return SUCCESS;
}

API int cuDeviceGetAttribute(int *value, int attribute, int device) {
    ENTER("cuDeviceGetAttribute")
    CHECK(isVisible(device), INVALID_DEVICE)
    switch (attribute) {
    case 75: // compute capability, major
        *value = 7;
        return SUCCESS;
    case 76: // minor
        *value = 5;
        return SUCCESS;
    default:
        return INVALID_VALUE;
    }
}

API int cuDevicePrimaryCtxRetain(void **context, int device) {
    ENTER("cuDevicePrimaryCtxRetain")
    CHECK(state.initialized, NOT_INITIALIZED)
    CHECK(isVisible(device), INVALID_DEVICE)
    CHECK(state.device[device].lost == 0, state.device[device].lost)
    state.device[device].retained++;
    *context = &state.device[device];
    return SUCCESS;
}

// Functions that give something back do so in any case: what they return may be of earlier work.
API int cuDevicePrimaryCtxRelease_v2(int number) {
    Lock lock(state.lock);
    int ordered = enter("cuDevicePrimaryCtxRelease_v2");
    CHECK(isVisible(number), INVALID_DEVICE)
    Device *device = &state.device[number];
    CHECK(device->retained > 0, INVALID_CONTEXT)
    if (--device->retained == 0) {
        endContext(device);
    }
    return ordered;
}

API int cuCtxSetCurrent(void *context) {
    ENTER("cuCtxSetCurrent")
    CHECK(context == nullptr || deviceOf(context) != nullptr, INVALID_CONTEXT)
    current = deviceOf(context);
    return SUCCESS;
}

API int cuCtxGetCurrent(void **context) {
    ENTER("cuCtxGetCurrent")
    CHECK(state.initialized, NOT_INITIALIZED)
    *context = current;
    return SUCCESS;
}

// Each thread has a stack of contexts, whose top is the current one.
API int cuCtxPushCurrent_v2(void *context) {
    ENTER("cuCtxPushCurrent_v2")
    CHECK(deviceOf(context) != nullptr, INVALID_CONTEXT)
    below.push_back(current);
    current = deviceOf(context);
    return SUCCESS;
}

API int cuCtxPopCurrent_v2(void **context) {
    ENTER("cuCtxPopCurrent_v2")
    CHECK(!below.empty(), INVALID_CONTEXT)
    if (context != nullptr) {
        *context = current;
    }
    current = below.back();
    below.pop_back();
    return SUCCESS;
}

API int cuCtxSynchronize() {
    ENTER_CONTEXT("cuCtxSynchronize")
    auto *device = current;
    std::vector<std::shared_ptr<Mark>> marks;
    for (auto *stream : state.streams) {
        if (stream->device == device) {
            marks.push_back(queueMark(stream));
        }
    }
    for (auto &mark : marks) {
        if (int lost = hostWait(lock, device, mark)) {
            return lost;
        }
    }
    for (auto *stream : state.destroyed) { // what was queued there is done all the same
        if (stream->device == device) {
            state.changed.wait(
                lock, [&] { return stream->queue.empty() && stream->running == nullptr; });
            state.host.join(stream->clock);
        }
    }
    return device->lost;
}

API int cuMemGetInfo_v2(size_t *free, size_t *total) {
    ENTER_CONTEXT("cuMemGetInfo_v2")
    *free = current->bytes - current->used;
    *total = current->bytes;
    return SUCCESS;
}

API int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    ENTER_CONTEXT("cuMemAlloc_v2")
    CHECK(bytes > 0, INVALID_VALUE)
    CHECK(bytes <= current->bytes - current->used, OUT_OF_MEMORY)
    auto block = std::make_shared<Memory>();
    block->host = map(bytes);
    block->bytes = bytes;
    CHECK(block->host != nullptr, OUT_OF_MEMORY)
    block->device = current->number;
    block->number = ++state.lastMemory;
    block->base = MAPPED * (current->number + 1) + current->next;
    current->next += (bytes + 255) / 256 * 256 + GAP;
    current->used += bytes;
    state.memory[block->base] = block;
    *address = block->base;
    return SUCCESS;
}

API int cuMemFree_v2(uint64_t address) {
    Lock lock(state.lock);
    int ordered = enter("cuMemFree_v2");
    int wrong = needContext();
    CHECK(wrong == SUCCESS || current != nullptr, wrong)
    int failed = free(lock, address, true);
    return ordered ? ordered : wrong ? wrong : failed;
}

API int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
    ENTER_CONTEXT("cuMemHostAlloc")
    CHECK(bytes > 0 && flags <= 7, INVALID_VALUE)
    CHECK(bytes <= state.pinnedLimit - state.pinned, OUT_OF_MEMORY)
    auto block = std::make_shared<Memory>();
    block->host = map(bytes);
    block->bytes = bytes;
    CHECK(block->host != nullptr, OUT_OF_MEMORY)
    block->base = reinterpret_cast<uint64_t>(block->host);
    block->number = ++state.lastMemory;
    state.pinned += bytes;
    state.memory[block->base] = block;
    *address = block->host;
    return SUCCESS;
}

API int cuMemFreeHost(void *address) {
    Lock lock(state.lock);
    int ordered = enter("cuMemFreeHost");
    int wrong = needContext();
    CHECK(wrong == SUCCESS || current != nullptr, wrong)
    int failed = free(lock, reinterpret_cast<uint64_t>(address), false);
    return ordered ? ordered : wrong ? wrong : failed;
}

API int cuMemHostRegister_v2(void *address, size_t bytes, unsigned flags) {
    ENTER_CONTEXT("cuMemHostRegister_v2")
    auto first = reinterpret_cast<uint64_t>(address);
    CHECK(bytes > 0 && first % 4096 == 0 && bytes % 4096 == 0 && flags <= 15, INVALID_VALUE)
    CHECK(bytes <= state.pinnedLimit - state.pinned, OUT_OF_MEMORY)
    auto after = state.memory.lower_bound(first);
    CHECK((after == state.memory.end() || after->first >= first + bytes) && find(first) == nullptr,
          HOST_MEMORY_ALREADY_REGISTERED)
    for (size_t page = 0; page < bytes; page += 4096) {
        static_cast<volatile char *>(address)[page]; // now it is there
    }
    auto block = std::make_shared<Memory>();
    block->host = static_cast<char *>(address);
    block->bytes = bytes;
    block->foreign = true;
    block->base = first;
    block->number = ++state.lastMemory;
    state.pinned += bytes;
    state.memory[first] = block;
    return SUCCESS;
}

API int cuMemHostUnregister(void *address) {
    Lock lock(state.lock);
    int ordered = enter("cuMemHostUnregister");
    int wrong = needContext();
    CHECK(wrong == SUCCESS || current != nullptr, wrong)
    auto block = find(reinterpret_cast<uint64_t>(address));
    CHECK(block != nullptr && block->foreign, HOST_MEMORY_NOT_REGISTERED)
    if (!isThere(*block)) {
        report(name(*block) + " was freed before it was unregistered");
    }
    int failed = free(lock, reinterpret_cast<uint64_t>(address), false);
    return ordered ? ordered : wrong ? wrong : failed;
}

// A copy that the driver takes is queued; those of no bytes do nothing.
#define ENTER_WORK(name, stream, bytes)                                                            \
    ENTER_CONTEXT(name)                                                                            \
    stream = named(stream);                                                                        \
    CHECK(holds(state.streams, stream) && stream->device == current, INVALID_HANDLE)               \
    if (bytes == 0) {                                                                              \
        return SUCCESS;                                                                            \
    }

API int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, Stream *stream) {
    ENTER_WORK("cuMemcpyHtoDAsync_v2", stream, bytes)
    Work work;
    work.name = "copy to device";
    CHECK(resolve("cuMemcpyHtoDAsync_v2", to, bytes, current, true, work.ranges), INVALID_VALUE)
    char *target = host(work.ranges[0]);
    auto source = reinterpret_cast<uint64_t>(from);
    CHECK(!isOfDevice(source), INVALID_VALUE)
    if (find(source) != nullptr) {
        CHECK(resolve("cuMemcpyHtoDAsync_v2", source, bytes, nullptr, false, work.ranges),
              INVALID_VALUE)
        work.data = [=] { std::memcpy(target, from, bytes); };
    } else {
        state.calls["a copy of pageable memory"]++;
        auto *first = static_cast<const char *>(from);
        auto copied = std::make_shared<std::vector<char>>(first, first + bytes);
        work.copied = copied;
        work.data = [=] { std::memcpy(target, copied->data(), bytes); };
    }
    queue(stream, std::move(work));
    return SUCCESS;
}

API int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, Stream *stream) {
    ENTER_WORK("cuMemcpyDtoHAsync_v2", stream, bytes)
    Work work;
    work.name = "copy to host";
    CHECK(resolve("cuMemcpyDtoHAsync_v2", from, bytes, current, false, work.ranges), INVALID_VALUE)
    char *source = host(work.ranges[0]);
    auto target = reinterpret_cast<uint64_t>(to);
    CHECK(!isOfDevice(target), INVALID_VALUE)
    bool pinned = find(target) != nullptr;
    CHECK(!pinned || resolve("cuMemcpyDtoHAsync_v2", target, bytes, nullptr, true, work.ranges),
          INVALID_VALUE)
    work.data = [=] { std::memcpy(to, source, bytes); };
    queue(stream, std::move(work));
    state.calls["a copy to pageable memory"] += !pinned;
    return pinned ? int(SUCCESS) : hostWait(lock, stream->device, queueMark(stream));
}

API int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, Stream *stream) {
    ENTER_WORK("cuMemcpyDtoDAsync_v2", stream, bytes)
    Work work;
    work.name = "copy";
    CHECK(resolve("cuMemcpyDtoDAsync_v2", to, bytes, current, true, work.ranges) &&
              resolve("cuMemcpyDtoDAsync_v2", from, bytes, current, false, work.ranges),
          INVALID_VALUE)
    char *target = host(work.ranges[0]);
    char *source = host(work.ranges[1]);
    work.data = [=] { std::memmove(target, source, bytes); };
    queue(stream, std::move(work));
    return SUCCESS;
}

API int cuMemcpyPeerAsync(uint64_t to, void *toContext, uint64_t from, void *fromContext,
                          size_t bytes, Stream *stream) {
    ENTER_WORK("cuMemcpyPeerAsync", stream, bytes)
    Device *there = deviceOf(toContext);
    Device *here = deviceOf(fromContext);
    CHECK(there != nullptr && here != nullptr, INVALID_CONTEXT)
    Work work;
    work.name = "copy between devices";
    CHECK(resolve("cuMemcpyPeerAsync", to, bytes, there, true, work.ranges) &&
              resolve("cuMemcpyPeerAsync", from, bytes, here, false, work.ranges),
          INVALID_VALUE)
    char *target = host(work.ranges[0]);
    char *source = host(work.ranges[1]);
    work.data = [=] { std::memmove(target, source, bytes); };
    queue(stream, std::move(work));
    return SUCCESS;
}

API int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, Stream *stream) {
    ENTER_WORK("cuMemsetD8Async", stream, bytes)
    Work work;
    work.name = "fill";
    CHECK(resolve("cuMemsetD8Async", to, bytes, current, true, work.ranges), INVALID_VALUE)
    char *target = host(work.ranges[0]);
    work.data = [=] { std::memset(target, value, bytes); };
    queue(stream, std::move(work));
    return SUCCESS;
}

API int cuStreamCreate(Stream **created, unsigned flags) {
    ENTER_CONTEXT("cuStreamCreate")
    CHECK(flags <= 1, INVALID_VALUE)
    *created = start(current);
    return SUCCESS;
}

API int cuStreamGetCtx(Stream *stream, void **context) {
    ENTER_CONTEXT("cuStreamGetCtx")
    stream = named(stream);
    CHECK(holds(state.streams, stream), INVALID_HANDLE)
    *context = stream->device;
    return SUCCESS;
}

API int cuStreamDestroy_v2(Stream *stream) {
    Lock lock(state.lock);
    int ordered = enter("cuStreamDestroy_v2");
    CHECK(holds(state.streams, stream), INVALID_HANDLE)
    destroy(stream);
    return ordered ? ordered : stream->device->lost;
}

API int cuStreamWaitEvent(Stream *stream, Event *event, unsigned flags) {
    ENTER_CONTEXT("cuStreamWaitEvent")
    CHECK(flags <= 1, INVALID_VALUE)
    stream = named(stream);
    CHECK(holds(state.streams, stream) && holds(state.events, event), INVALID_HANDLE)
    if (event->mark != nullptr) { // one that was never recorded has come
        Work work;
        work.kind = Work::WAIT;
        work.mark = event->mark;
        queue(stream, std::move(work));
    }
    return SUCCESS;
}

API int cuStreamSynchronize(Stream *stream) {
    ENTER_CONTEXT("cuStreamSynchronize")
    stream = named(stream);
    CHECK(holds(state.streams, stream), INVALID_HANDLE)
    return hostWait(lock, stream->device, queueMark(stream));
}

API int cuEventCreate(Event **event, unsigned flags) {
    ENTER_CONTEXT("cuEventCreate")
    CHECK(flags <= 3, INVALID_VALUE)
    *event = new Event{current, nullptr};
    state.events.insert(*event);
    return SUCCESS;
}

API int cuEventRecord(Event *event, Stream *stream) {
    ENTER_CONTEXT("cuEventRecord")
    stream = named(stream);
    CHECK(holds(state.events, event) && holds(state.streams, stream), INVALID_HANDLE)
    CHECK(event->device == stream->device, INVALID_HANDLE)
    event->mark = queueMark(stream);
    return SUCCESS;
}

API int cuEventQuery(Event *event) {
    ENTER_CONTEXT("cuEventQuery")
    CHECK(holds(state.events, event), INVALID_HANDLE)
    CHECK(event->device->lost == 0, event->device->lost)
    if (event->mark == nullptr) {
        return SUCCESS;
    }
    CHECK(event->mark->done, NOT_READY)
    state.host.join(event->mark->clock);
    return SUCCESS;
}

API int cuEventSynchronize(Event *event) {
    ENTER_CONTEXT("cuEventSynchronize")
    CHECK(holds(state.events, event), INVALID_HANDLE)
    if (event->mark == nullptr) {
        return SUCCESS;
    }
    Device *device = event->device;
    auto mark = event->mark;
    return hostWait(lock, device, mark);
}

API int cuEventDestroy_v2(Event *event) {
    Lock lock(state.lock);
    int ordered = enter("cuEventDestroy_v2");
    CHECK(holds(state.events, event), INVALID_HANDLE)
    state.events.erase(event);
    int lost = event->device->lost;
    delete event;
    return ordered ? ordered : lost;
}

// By which PTX without a hash of its source is found: FNV-1a, as NativeBuild has it.
static unsigned long long hash(const char *text) {
    unsigned long long hash = 0xcbf29ce484222325;
    for (; *text != 0; text++) {
        hash = (hash ^ static_cast<unsigned char>(*text)) * 0x100000001b3;
    }
    return hash;
}

API int cuModuleLoadDataEx(Module **loaded, const char *image, unsigned count, int *options,
                           void **values) {
    ENTER_CONTEXT("cuModuleLoadDataEx")
    char *log = nullptr;
    size_t logBytes = 0;
    for (unsigned i = 0; i < count; i++) {
        if (options[i] == 5) { // CU_JIT_ERROR_LOG_BUFFER
            log = static_cast<char *>(values[i]);
        } else if (options[i] == 6) { // CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
            logBytes = reinterpret_cast<size_t>(values[i]);
        }
    }
    auto fail = [&](int code, const std::string &words) {
        if (log != nullptr) {
            snprintf(log, logBytes, "%s", words.c_str());
        }
        return code;
    };
    const std::string begin = "// source sha256 ";
    std::string line(image, strcspn(image, "\n"));
    bool named = line.compare(0, begin.size(), begin) == 0 && line.size() == begin.size() + 64;
    const char *folder = getenv("HEADRACE_SIMULATED_KERNELS");
    auto path = std::string(folder == nullptr ? "." : folder) + "/" +
                (named ? line.substr(begin.size()) : text("%016llx", hash(image))) + ".so";
    if (!named && access(path.c_str(), F_OK) != 0) {
        return fail(INVALID_PTX, "line 1: expected \"" + begin + "\" and the hash, got \"" + line + "\"");
    }
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return fail(NO_BINARY_FOR_GPU, dlerror());
    }
    using Bind = void (*)(void *(*)(uint64_t, uint64_t, uint64_t, int));
    reinterpret_cast<Bind>(dlsym(library, "sim_bind"))(kernelAccess);
    *loaded = new Module{current, library};
    state.modules.insert(*loaded);
    return SUCCESS;
}

API int cuModuleGetFunction(Function **found, Module *module, const char *name) {
    ENTER_CONTEXT("cuModuleGetFunction")
    CHECK(holds(state.modules, module), INVALID_HANDLE)
    void *run = dlsym(module->library, (std::string("sim_run_") + name).c_str());
    void *bytes = dlsym(module->library, (std::string("sim_bytes_") + name).c_str());
    CHECK(run != nullptr && bytes != nullptr, NOT_FOUND)
    using Run = int (*)(const unsigned *, const void *);
    using Bytes = uint64_t (*)();
    *found = new Function{module, name, reinterpret_cast<Run>(run),
                          reinterpret_cast<Bytes>(bytes)()};
    state.functions.insert(*found); // kept: the driver's functions are never given back
    return SUCCESS;
}

// The libraries stay loaded, for work that is queued.
API int cuModuleUnload(Module *module) {
    Lock lock(state.lock);
    int ordered = enter("cuModuleUnload");
    CHECK(holds(state.modules, module), INVALID_HANDLE)
    state.modules.erase(module);
    return ordered ? ordered : module->device->lost;
}

API int cuLaunchKernel(Function *function, unsigned gridX, unsigned gridY, unsigned gridZ,
                       unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,
                       Stream *stream, void **parameters, void **extra) {
    ENTER_CONTEXT("cuLaunchKernel")
    CHECK(holds(state.functions, function) && holds(state.modules, function->module),
          INVALID_HANDLE)
    stream = named(stream);
    CHECK(holds(state.streams, stream) && stream->device == current, INVALID_HANDLE)
    CHECK(function->module->device == current, INVALID_HANDLE)
    uint64_t grid[] = {gridX, gridY, gridZ};
    uint64_t block[] = {blockX, blockY, blockZ};
    CHECK(gridX > 0 && gridY > 0 && gridZ > 0 && blockX > 0 && blockY > 0 && blockZ > 0,
          INVALID_VALUE)
    CHECK(grid[0] < 1ull << 31 && grid[1] <= 65535 && grid[2] <= 65535, INVALID_VALUE)
    CHECK(block[0] <= 1024 && block[1] <= 1024 && block[2] <= 64, INVALID_VALUE)
    CHECK(block[0] * block[1] * block[2] <= 1024, INVALID_VALUE)
    CHECK(sharedBytes == 0 && parameters == nullptr && extra != nullptr, INVALID_VALUE)
    const char *first = nullptr;
    size_t bytes = 0;
    for (; *extra != nullptr; extra += 2) { // CU_LAUNCH_PARAM_END
        if (*extra == reinterpret_cast<void *>(1)) { // CU_LAUNCH_PARAM_BUFFER_POINTER
            first = static_cast<const char *>(extra[1]);
        } else if (*extra == reinterpret_cast<void *>(2)) { // CU_LAUNCH_PARAM_BUFFER_SIZE
            bytes = *static_cast<size_t *>(extra[1]);
        } else {
            return INVALID_VALUE;
        }
    }
    CHECK(bytes == function->bytes, LAUNCH_OUT_OF_RESOURCES) // arguments of the wrong size
    Work work;
    work.name = "kernel " + function->name;
    work.kernel = function;
    work.copied = std::make_shared<std::vector<char>>(first, first + bytes);
    unsigned all[] = {gridX, gridY, gridZ, blockX, blockY, blockZ};
    std::copy(all, all + 6, work.grid);
    queue(stream, std::move(work));
    return SUCCESS;
}

// --- What tests command

// Ends all that is left and forgets everything, orders and reports too. How much was left.
API long sim_reset() {
    Lock lock(state.lock);
    long left = liveStreams() + long(state.events.size() + state.modules.size()) +
                liveMemory(false, nullptr) + liveMemory(true, nullptr);
    state.delayMicroseconds = 0;
    for (auto &device : state.device) {
        left += device.retained;
        device.lost = device.lost == 0 ? 719 : device.lost; // so that nothing waits any more
    }
    while (!state.streams.empty()) {
        destroy(*state.streams.begin());
    }
    state.changed.notify_all();
    reap(lock);
    for (int i = 0; i < DEVICES; i++) {
        uint64_t next = state.device[i].next; // addresses are never given again
        state.device[i] = Device();
        state.device[i].number = i;
        state.device[i].next = next;
    }
    state.initialized = false;
    state.version = 12000;
    state.devices = 1;
    state.host = Clock();
    state.memory.clear();
    state.events.clear();
    state.modules.clear();
    state.functions.clear();
    state.calls.clear();
    state.orders.clear();
    state.actions.clear();
    state.reports.clear();
    state.told.clear();
    state.lastStream = 0;
    state.lastMemory = 0;
    state.pinned = 0;
    state.pinnedLimit = ~0ull;
    state.sequence = 0;
    return left;
}

// How many devices there are, up to 16; before cuInit.
API void sim_devices(int count) {
    Lock lock(state.lock);
    state.devices = std::min(count, DEVICES);
}

// How much memory a device has. Set below what is in use, the next allocation fails.
API void sim_memory(int device, uint64_t bytes) {
    Lock lock(state.lock);
    state.device[device].bytes = std::max(bytes, state.device[device].used);
}

// How much memory can be pinned.
API void sim_pinned(uint64_t bytes) {
    Lock lock(state.lock);
    state.pinnedLimit = std::max(bytes, state.pinned);
}

// As cuDriverGetVersion tells it: 1000 times the major and 10 times the minor version.
API void sim_version(int version) {
    Lock lock(state.lock);
    state.version = version;
}

// Has a call of a function, the next for 1, return a code. What gives something back does so
// nevertheless; any other does nothing.
API void sim_fail(const char *function, long call, int code) {
    Lock lock(state.lock);
    state.orders.push_back({function, call, code});
}

// Has a call of a function, the next for 1, do nothing and tell success: a wait that is missing.
API void sim_ignore(const char *function, long call) {
    Lock lock(state.lock);
    state.orders.push_back({function, call, IGNORE});
}

// Loses a device: what is queued is not done, nothing waits any more, each call returns the code.
API void sim_lose(int device, int code) {
    Lock lock(state.lock);
    state.device[device].lost = code;
    state.changed.notify_all();
}

// Delays what streams do, before and in the middle of each action: microseconds below a limit, by
// a seed. 0 ends it.
API void sim_delay(uint64_t seed, uint64_t microseconds) {
    Lock lock(state.lock);
    state.delaySeed = seed;
    state.delayMicroseconds = microseconds;
}

// Has a stream begin nothing more until sim_release. What it does already goes on.
API void sim_hold(Stream *stream) {
    Lock lock(state.lock);
    if (holds(state.streams, stream)) {
        stream->held = true;
    }
}

API void sim_release(Stream *stream) {
    Lock lock(state.lock);
    if (holds(state.streams, stream)) {
        stream->held = false;
        state.changed.notify_all();
    }
}

// The same for a stream by its number, as sim_log has it.
API void sim_hold_number(int number) {
    Lock lock(state.lock);
    for (auto *stream : state.streams) {
        if (stream->number == number) {
            stream->held = true;
        }
    }
}

// So that a test that failed can close its streams.
API void sim_release_all() {
    Lock lock(state.lock);
    for (auto *stream : state.streams) {
        stream->held = false;
    }
    state.changed.notify_all();
}

// Waits until no stream can go on: each has nothing to do, is held, or waits for another.
API void sim_settle() {
    Lock lock(state.lock);
    state.changed.wait(lock, [] {
        return std::all_of(state.streams.begin(), state.streams.end(), [](const Stream *stream) {
            if (stream->running != nullptr) {
                return stream->waiting && !stream->running->mark->done;
            }
            return stream->held || stream->queue.empty();
        });
    });
}

// Tells what the host does with pinned memory, which cannot be seen. No bytes are touched.
API void sim_host_access(uint64_t address, uint64_t bytes, int write) {
    Lock lock(state.lock);
    std::vector<Range> ranges;
    if (resolve("sim_host_access", address, bytes, nullptr, write, ranges)) {
        Access now{HOST, state.host.tick(HOST), int(state.actions.size())};
        state.actions.push_back({write ? "write" : "read", HOST, bytes});
        state.actions.back().start = state.sequence++;
        state.actions.back().end = state.sequence++;
        touch(*ranges[0].block, ranges[0].from, ranges[0].to, write, now, state.host);
    }
}

// How often a function was called.
API long sim_calls(const char *function) {
    Lock lock(state.lock);
    auto found = state.calls.find(function);
    return found == state.calls.end() ? 0 : found->second;
}

// How many live objects there are: of "context", "stream", "event", "memory", "pinned", "module".
API long sim_live(const char *kind) {
    Lock lock(state.lock);
    std::string asked = kind;
    if (asked == "context") {
        long count = 0;
        for (auto &device : state.device) {
            count += device.retained > 0;
        }
        return count;
    }
    return asked == "stream"   ? liveStreams()
           : asked == "event"  ? long(state.events.size())
           : asked == "module" ? long(state.modules.size())
           : asked == "memory" ? liveMemory(false, nullptr)
           : asked == "pinned" ? liveMemory(true, nullptr)
                               : -1;
}

// Races, and whatever else was wrong, a line each. Until the next call of this or sim_log.
API const char *sim_reports() {
    Lock lock(state.lock);
    state.answer.clear();
    for (auto &line : state.reports) {
        state.answer += line + "\n";
    }
    return state.answer.c_str();
}

// All actions of all streams as they were queued, a line each: stream, bytes, start, end, name.
// Start and end are places in one order, -1 where it has not come to that.
API const char *sim_log() {
    Lock lock(state.lock);
    state.answer.clear();
    for (auto &action : state.actions) {
        state.answer += text("%d %llu %ld %ld %s\n", action.stream,
                             (unsigned long long)action.bytes, action.start, action.end,
                             action.name.c_str());
    }
    return state.answer.c_str();
}
