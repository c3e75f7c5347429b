/* The library alone: reads and decodes photographs by libturbojpeg, and does nothing else. So it is the
 * limit of any pipeline that decodes with the same library, on one core.
 *
 *     bare LIBRARY FILES WINDOWS
 *
 * FILES has the path of a photograph a line, in the order of the pipelines that stand beside it; WINDOWS
 * is as in peer.py. Commands are those of side.py. Its "build" takes a form, and words that it ignores:
 *
 *     decode    whole photographs, by the accurate inverse DCT and smooth upsampling
 *     region    of each, the part around its window, by version 3 of the library: scaled down within
 *               the inverse DCT as long as no side of the window falls below 224 pixels
 *
 * A file is opened, read into one buffer that is used again, and closed. Images go to a ring of 64 slots:
 * a pipeline too writes to the memory of a batch, not to one image that stays in the cache.
 *
 * The library has no header where it is not installed to develop with, so what is used of it is declared
 * here. Source: "turbojpeg.h" of libjpeg-turbo 2.1.5 and 3.0.0.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 64, SIZE = 224, CHANNELS = 3 };

enum { RGB = 0, ACCURATE_DCT = 4096, STOP_ON_WARNING = 8192, LIMIT_SCANS = 32768 };

/* parameters of version 3 */
enum { PARAMETER_STOP_ON_WARNING = 0, PARAMETER_SUBSAMPLING = 4 };

typedef struct {
    int numerator, denominator;
} Scale;

typedef struct {
    int x, y, width, height;
} Region;

static void *(*open_decompressor)(void);
static int (*read_header)(void *, const unsigned char *, unsigned long, int *, int *, int *, int *);
static int (*decompress)(void *, const unsigned char *, unsigned long, unsigned char *, int, int, int, int,
                         int);
static char *(*error_text)(void *);

/* of version 3, else null */
static int (*set_parameter)(void *, int, int);
static int (*get_parameter)(void *, int);
static int (*read_header_3)(void *, const unsigned char *, size_t);
static int (*set_scale)(void *, Scale);
static int (*set_region)(void *, Region);
static int (*decompress_3)(void *, const unsigned char *, size_t, unsigned char *, int, int);

/* Width of the least unit that is decoded, by chroma subsampling: 4:4:4, 4:2:2, 4:2:0, grey, 4:4:0, 4:1:1,
 * 4:4:1. */
static const int UNIT_WIDTH[] = {8, 16, 16, 8, 8, 32, 8};

typedef struct {
    unsigned char *bytes;
    size_t room, size;
} Buffer;

typedef struct {
    int row, column, rows, columns;
} Window;

static char **files;
static size_t file_count;
static Window *windows;
static size_t window_count;

static void *decompressor;
static Buffer file;
static Buffer slots[SLOTS];
static unsigned long next_sample;
static Buffer *(*form)(unsigned long sample);

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

static void *checked(void *memory) {
    if (!memory) fail("no memory");
    return memory;
}

static void reserve(Buffer *buffer, size_t size) {
    if (size > buffer->room) {
        free(buffer->bytes);
        buffer->bytes = checked(malloc(size));
        buffer->room = size;
    }
    buffer->size = size;
}

static void read_file(const char *path) {
    int handle = open(path, O_RDONLY);
    struct stat stated;
    if (handle < 0 || fstat(handle, &stated)) fail("%s cannot be read", path);
    reserve(&file, (size_t)stated.st_size);
    for (size_t got = 0; got < file.size;) {
        ssize_t more = read(handle, file.bytes + got, file.size - got);
        if (more <= 0) fail("%s cannot be read", path);
        got += (size_t)more;
    }
    close(handle);
}

static void check(int failed, const char *path) {
    if (failed) fail("%s: %s", path, error_text(decompressor));
}

static Buffer *decode(unsigned long sample) {
    const char *path = files[sample % file_count];
    Buffer *slot = &slots[sample % SLOTS];
    int width, height, subsampling, colours;
    read_file(path);
    check(read_header(decompressor, file.bytes, file.size, &width, &height, &subsampling, &colours), path);
    reserve(slot, (size_t)CHANNELS * width * height);
    check(decompress(decompressor, file.bytes, file.size, slot->bytes, width, 0, height, RGB,
                     ACCURATE_DCT | STOP_ON_WARNING | LIMIT_SCANS),
          path);
    return slot;
}

static int down(int pixels, int denominator) { return pixels / denominator; }

static int up(int pixels, int denominator) { return (pixels + denominator - 1) / denominator; }

/* Scales of 1/2, 1/4 and 1/8 are those that the library has vector code for. */
static int denominator_of(Window window) {
    int least = window.rows < window.columns ? window.rows : window.columns;
    int denominator = 1;
    while (denominator < 8 && least / (2 * denominator) >= SIZE) denominator *= 2;
    return denominator;
}

static Buffer *region(unsigned long sample) {
    const char *path = files[sample % file_count];
    Buffer *slot = &slots[sample % SLOTS];
    Window window = windows[sample % window_count];
    int by = denominator_of(window);
    read_file(path);
    check(read_header_3(decompressor, file.bytes, file.size), path);
    int unit = up(UNIT_WIDTH[get_parameter(decompressor, PARAMETER_SUBSAMPLING)], by);
    Region part = {down(window.column, by) / unit * unit, down(window.row, by), 0, 0};
    part.width = up(window.column + window.columns, by) - part.x;
    part.height = up(window.row + window.rows, by) - part.y;
    check(set_scale(decompressor, (Scale){1, by}), path);
    check(set_region(decompressor, part), path);
    reserve(slot, (size_t)CHANNELS * part.width * part.height);
    check(decompress_3(decompressor, file.bytes, file.size, slot->bytes, 0, RGB), path);
    return slot;
}

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void run(double seconds) {
    unsigned long samples = 0;
    double computed = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double start = seconds_of(CLOCK_MONOTONIC);
    double took = 0;
    while (took < seconds) {
        form(next_sample++);
        samples++;
        took = seconds_of(CLOCK_MONOTONIC) - start;
    }
    printf("{\"samples\": %lu, \"seconds\": %.9f, \"cpu\": %.9f}\n", samples, took,
           seconds_of(CLOCK_PROCESS_CPUTIME_ID) - computed);
}

static void save(unsigned long count, const char *path) {
    FILE *out = fopen(path, "wb");
    if (!out) fail("%s cannot be written", path);
    for (unsigned long i = 0; i < count; i++) {
        Buffer *image = form(next_sample++);
        if (fwrite(image->bytes, 1, image->size, out) != image->size) fail("%s cannot be written", path);
    }
    if (fclose(out)) fail("%s cannot be written", path);
    printf("{\"saved\": %lu}\n", count);
}

static void build(const char *name) {
    if (!strcmp(name, "decode")) {
        form = decode;
    } else if (!strcmp(name, "region") && decompress_3) {
        form = region;
    } else {
        fail("no such form, or no version 3 of the library: %s", name);
    }
    next_sample = 0;
    printf("{\"built\": \"%s\"}\n", name);
}

/* No function tells the version, but the text stands in the library's file. */
static const char *version(void *library) {
    static const char start[] = "libjpeg-turbo version ";
    static char found[32];
    struct link_map *map;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map)) return "";
    read_file(map->l_name);
    unsigned char *at = memmem(file.bytes, file.size, start, sizeof start - 1);
    if (!at) return "";
    sscanf((char *)at + sizeof start - 1, "%31[0-9.]", found);
    return found;
}

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) fail("no libturbojpeg: %s", dlerror());
    return found;
}

static void *open_library(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (!library) fail("%s", dlerror());
    open_decompressor = symbol(library, "tjInitDecompress");
    read_header = symbol(library, "tjDecompressHeader3");
    decompress = symbol(library, "tjDecompress2");
    error_text = symbol(library, "tjGetErrorStr2");
    decompressor = checked(open_decompressor());
    decompress_3 = dlsym(library, "tj3Decompress8");
    if (decompress_3) {
        set_parameter = symbol(library, "tj3Set");
        get_parameter = symbol(library, "tj3Get");
        read_header_3 = symbol(library, "tj3DecompressHeader");
        set_scale = symbol(library, "tj3SetScalingFactor");
        set_region = symbol(library, "tj3SetCroppingRegion");
        set_parameter(decompressor, PARAMETER_STOP_ON_WARNING, 1);
    }
    return library;
}

static void read_lists(const char *paths, const char *rows) {
    char *line = NULL;
    size_t room = 0;
    FILE *in = fopen(paths, "r");
    if (!in) fail("%s cannot be read", paths);
    while (getline(&line, &room, in) > 0) {
        line[strcspn(line, "\n")] = 0;
        files = checked(realloc(files, (file_count + 1) * sizeof *files));
        files[file_count++] = checked(strdup(line));
    }
    fclose(in);
    in = fopen(rows, "r");
    if (!in) fail("%s cannot be read", rows);
    Window window;
    while (fscanf(in, "%d %d %d %d %*d", &window.row, &window.column, &window.rows, &window.columns) == 4) {
        windows = checked(realloc(windows, (window_count + 1) * sizeof *windows));
        windows[window_count++] = window;
    }
    fclose(in);
    free(line);
    if (!file_count || !window_count) fail("no photographs or no windows");
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage: bare LIBRARY FILES WINDOWS");
    void *library = open_library(arguments[1]);
    read_lists(arguments[2], arguments[3]);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char word[16] = "", first[32] = "", second[4096] = "";
        sscanf(line, "%15s %31s %4095s", word, first, second);
        if (!strcmp(word, "versions")) {
            printf("{\"libturbojpeg\": \"%s\", \"regions\": %s}\n", version(library),
                   decompress_3 ? "true" : "false");
        } else if (!strcmp(word, "build")) {
            build(first);
        } else if (!strcmp(word, "run") && form) {
            run(atof(first));
        } else if (!strcmp(word, "save") && form) {
            save(strtoul(first, NULL, 10), second);
        } else {
            fail("no such command: %s", line);
        }
        fflush(stdout);
    }
    return 0;
}
