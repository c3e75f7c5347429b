package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.headrace.engine.error.BadSample;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Decodes JPEG by libturbojpeg, for one thread at a time. Met only here.
///
/// Whole images are decoded by the classic functions, which versions 2.0 to 3.x of the library
/// have; parts of images by those that came with version 3, where it has them.
///
/// Source of names and constants: "turbojpeg.h" of libjpeg-turbo 2.1.5 and 3.0.
final class TurboJpeg implements AutoCloseable {
    private static final int RGB = 0;
    private static final int BGR = 1;
    private static final int GRAY = 6;
    private static final int CMYK = 11;

    private static final int ACCURATE_DCT = 4096;
    private static final int STOP_ON_WARNING = 8192;
    private static final int LIMIT_SCANS = 32768; // thousands of scans are an attack

    // the same by the functions of version 3
    private static final int PARAMETER_STOP_ON_WARNING = 0;
    private static final int PARAMETER_WIDTH = 5;
    private static final int PARAMETER_HEIGHT = 6;
    private static final int PARAMETER_SCAN_LIMIT = 13;
    private static final int PARAMETER_LOSSLESS = 15;
    private static final int SCANS = 500; // as LIMIT_SCANS allows

    /// Numerator and denominator.
    private static final MemoryLayout SCALE = MemoryLayout.structLayout(JAVA_INT, JAVA_INT);

    /// Left, top, width, height.
    private static final MemoryLayout REGION =
            MemoryLayout.structLayout(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);

    /// From so many rows or columns on, an extent tells one scale from the others.
    private static final int SCALABLE = 8;

    private static final long MESSAGE_BYTES = 200; // JMSG_LENGTH_MAX
    private static final Pattern VERSION = Pattern.compile("libjpeg-turbo version ([0-9.]+)");

    private static final String SETTING = "headrace.turbojpeg";
    private static final String VARIABLE = "HEADRACE_TURBOJPEG";
    private static final String OFF = "none";
    private static final List<String> NAMES =
            List.of("libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.dylib");
    private static final List<String> FOLDERS =
            List.of(
                    "/usr/lib/x86_64-linux-gnu",
                    "/usr/lib/aarch64-linux-gnu",
                    "/usr/lib64",
                    "/usr/lib",
                    "/usr/local/lib64",
                    "/usr/local/lib",
                    "/opt/libjpeg-turbo/lib64",
                    "/opt/homebrew/lib");

    /// The library, or why there is none.
    private static final Found FOUND = find();
    private static final Library LIBRARY = FOUND.library.orElse(null);
    private static final Regions REGIONS = LIBRARY == null ? null : LIBRARY.regions;

    record Found(Optional<Library> library, String description) {
        boolean hasRegions() {
            return library.isPresent() && library.get().regions != null;
        }
    }

    /// The classic functions, and those of version 3 or null.
    record Library(
            MethodHandle open,
            MethodHandle header,
            MethodHandle decompress,
            MethodHandle error,
            MethodHandle close,
            Regions regions) {
        static Library of(SymbolLookup symbols) {
            var linker = Linker.nativeLinker();
            return new Library(
                    linker.downcallHandle(
                            symbols.findOrThrow("tjInitDecompress"),
                            FunctionDescriptor.of(ADDRESS)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tjDecompressHeader3"),
                            FunctionDescriptor.of(
                                    JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS,
                                    ADDRESS, ADDRESS)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tjDecompress2"),
                            FunctionDescriptor.of(
                                    JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT,
                                    JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tjGetErrorStr2"),
                            FunctionDescriptor.of(ADDRESS, ADDRESS)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tjDestroy"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                    symbols.find("tj3SetCroppingRegion").isPresent() ? Regions.of(symbols) : null);
        }
    }

    record Regions(
            MethodHandle set,
            MethodHandle get,
            MethodHandle header,
            MethodHandle scale,
            MethodHandle crop,
            MethodHandle decompress) {
        static Regions of(SymbolLookup symbols) {
            var linker = Linker.nativeLinker();
            return new Regions(
                    linker.downcallHandle(
                            symbols.findOrThrow("tj3Set"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tj3Get"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tj3DecompressHeader"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tj3SetScalingFactor"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, SCALE)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tj3SetCroppingRegion"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, REGION)),
                    linker.downcallHandle(
                            symbols.findOrThrow("tj3Decompress8"),
                            FunctionDescriptor.of(
                                    JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT,
                                    JAVA_INT)));
        }
    }

    private final Arena arena = Arena.ofShared(); // closed with the worker, by whatever thread
    private final MemorySegment stated = arena.allocate(JAVA_INT, 4);
    private final MemorySegment scale = arena.allocate(SCALE);
    private final MemorySegment crop = arena.allocate(REGION);
    private MemorySegment handle = MemorySegment.NULL;

    /// A new decoder. Only where the library [#isThere()].
    TurboJpeg() {}

    /// Takes a decompressor for one file: a file that lacks tables would get those of an earlier
    /// one, and after an error in a header every file would be an error.
    private void open() throws Throwable {
        handle = (MemorySegment) LIBRARY.open.invokeExact();
        if (handle.address() == 0) {
            throw new IllegalStateException("libturbojpeg has no memory for a decompressor");
        }
        if (REGIONS != null) {
            set(PARAMETER_STOP_ON_WARNING, 1);
            set(PARAMETER_SCAN_LIMIT, SCANS);
        }
    }

    private void set(int parameter, int value) throws Throwable {
        int failed = (int) REGIONS.set.invokeExact(handle, parameter, value);
        if (failed != 0) {
            throw new IllegalStateException(lastWords());
        }
    }

    /// Whether the library was found.
    static boolean isThere() {
        return LIBRARY != null;
    }

    /// The library and its version, or why there is none.
    static String description() {
        return FOUND.description;
    }

    /// By how much the whole of a file can be shrunk, that may be shrunk by a number.
    static int shrink(ImageHeader header, int shrink) {
        return Math.max(header.height(), header.width()) < SCALABLE ? 1 : shrink;
    }

    /// What has to be decoded so that the pixels of a window are those of the whole, to the byte.
    ///
    /// Decoding begins at a minimum coded unit. A column more on each side is there for the
    /// upsampling of chroma, which looks at the neighbours; and at least one unit's width, since
    /// of less than three columns chroma is repeated.
    static ShrunkRegion around(ImageHeader header, ShrunkRegion wanted) {
        if (REGIONS == null || header.mcuWidth() == 0) {
            return ShrunkRegion.whole(header, wanted.shrink());
        }
        int columns = Math.ceilDiv(header.width(), wanted.shrink());
        int unit = header.mcuWidth() / wanted.shrink();
        int last = Math.max(0, columns - unit);
        int left = Math.min(Math.max(0, wanted.left() - 1), last) / unit * unit;
        int right = Math.max(wanted.left() + wanted.width() + 1, left + unit);
        return new ShrunkRegion(
                wanted.top(),
                left,
                wanted.height(),
                Math.min(right, columns) - left,
                wanted.shrink());
    }

    /// Decodes some of a file, as it is stored.
    ///
    /// @param file native memory
    /// @param window the whole, or what [#around] gave
    /// @param out native memory: rows of `colour.channels()` bytes a pixel, with room for 4 a
    ///     pixel if the file holds ink
    void decode(
            MemorySegment file,
            ImageHeader header,
            ShrunkRegion window,
            DecodeImage.Colour colour,
            MemorySegment out) {
        boolean ink = header.channels() == 4;
        int format =
                ink
                        ? CMYK
                        : switch (colour) {
                            case RGB -> RGB;
                            case BGR -> BGR;
                            case GREY -> GRAY;
                        };
        try {
            open();
            checkHeader(file, header);
            int failed =
                    window.isWhole(header)
                            ? decodeWhole(file, window, format, out)
                            : decodePart(file, window, format, out);
            if (failed != 0) {
                throw broken(lastWords());
            }
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw unreachable(impossible);
        } finally {
            free();
        }
        if (ink) {
            packInk(window.height(), window.width(), colour, out);
        }
    }

    /// So that the library writes no more than there is room for.
    private void checkHeader(MemorySegment file, ImageHeader header) throws Throwable {
        boolean read = REGIONS == null ? readHeader(file) : readHeaderForRegions(file);
        if (stated.get(JAVA_INT, 0) != header.width()
                || stated.get(JAVA_INT, 4) != header.height()) {
            throw broken(read ? "it states its extents twice" : lastWords());
        }
    }

    /// Writes down the extents. It also fails where the subsampling has no name of its own, which
    /// decoding does not mind; the extents tell.
    private boolean readHeader(MemorySegment file) throws Throwable {
        stated.fill((byte) 0);
        int failed =
                (int)
                        LIBRARY.header.invokeExact(
                                handle,
                                file,
                                file.byteSize(),
                                stated,
                                stated.asSlice(4),
                                stated.asSlice(8),
                                stated.asSlice(12));
        return failed == 0;
    }

    /// The same by version 3, whose classic function states those of an earlier file where it
    /// fails.
    private boolean readHeaderForRegions(MemorySegment file) throws Throwable {
        stated.fill((byte) 0);
        int failed = (int) REGIONS.header.invokeExact(handle, file, file.byteSize());
        if (failed != 0) {
            return false;
        }
        if (get(PARAMETER_LOSSLESS) == 1) {
            throw broken("it is lossless"); // which cannot be shrunk, nor read by version 2
        }
        stated.set(JAVA_INT, 0, get(PARAMETER_WIDTH));
        stated.set(JAVA_INT, 4, get(PARAMETER_HEIGHT));
        return true;
    }

    private int get(int parameter) throws Throwable {
        return (int) REGIONS.get.invokeExact(handle, parameter);
    }

    private int decodeWhole(MemorySegment file, ShrunkRegion window, int format, MemorySegment out)
            throws Throwable {
        return (int)
                LIBRARY.decompress.invokeExact(
                        handle,
                        file,
                        file.byteSize(),
                        out,
                        window.width(), // by which the library finds the scale
                        0,
                        window.height(),
                        format,
                        ACCURATE_DCT | STOP_ON_WARNING | LIMIT_SCANS);
    }

    private int decodePart(MemorySegment file, ShrunkRegion window, int format, MemorySegment out)
            throws Throwable {
        scale.set(JAVA_INT, 0, 1);
        scale.set(JAVA_INT, 4, window.shrink());
        crop.set(JAVA_INT, 0, window.left());
        crop.set(JAVA_INT, 4, window.top());
        crop.set(JAVA_INT, 8, window.width());
        crop.set(JAVA_INT, 12, window.height());
        int failed = (int) REGIONS.scale.invokeExact(handle, scale);
        if (failed == 0) {
            failed = (int) REGIONS.crop.invokeExact(handle, crop);
        }
        return failed != 0
                ? failed
                : (int)
                        REGIONS.decompress.invokeExact(
                                handle, file, file.byteSize(), out, 0, format);
    }

    /// Ink, 4 bytes a pixel, becomes colour at the beginning of the same memory.
    private static void packInk(
            long rows, int width, DecodeImage.Colour colour, MemorySegment memory) {
        int[] samples = new int[4 * width];
        for (long row = 0; row < rows; row++) {
            long from = row * samples.length;
            for (int i = 0; i < samples.length; i++) {
                samples[i] = Byte.toUnsignedInt(memory.get(JAVA_BYTE, from + i));
            }
            // never beyond the row just read: a pixel has fewer channels than inks
            Pixels.CMYK.write(samples, 4, width, colour, memory, row * width * colour.channels());
        }
    }

    private String lastWords() throws Throwable {
        var text = (MemorySegment) LIBRARY.error.invokeExact(handle);
        return text.reinterpret(MESSAGE_BYTES).getString(0) + " (libturbojpeg)";
    }

    private static BadSample broken(String words) {
        return ImageHeader.broken(Format.JPEG, words, null);
    }

    private static IllegalStateException unreachable(Throwable failure) {
        return new IllegalStateException("libturbojpeg could not be called", failure);
    }

    private void free() {
        try {
            if (handle.address() != 0) {
                int ignored = (int) LIBRARY.close.invokeExact(handle);
            }
        } catch (Throwable impossible) {
            throw unreachable(impossible);
        }
        handle = MemorySegment.NULL;
    }

    /// Frees the memory for arguments.
    @Override
    public void close() {
        arena.close();
    }

    private static Found find() {
        var setting = System.getProperty(SETTING, System.getenv(VARIABLE));
        var found = find(setting);
        boolean inVain = setting != null && !setting.equals(OFF) && found.library.isEmpty();
        System.getLogger(DecodeImage.class.getName())
                .log(
                        inVain ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                        "JPEG is decoded by {0}",
                        found.description);
        return found;
    }

    /// Looks for the library.
    ///
    /// @param setting the path that the user gave, "none", or null
    static Found find(String setting) {
        if (OFF.equals(setting)) {
            return new Found(Optional.empty(), "ImageIO (libturbojpeg is turned off)");
        }
        if (setting != null) {
            return load(setting)
                    .orElse(
                            new Found(
                                    Optional.empty(),
                                    "ImageIO (" + setting + " is no libturbojpeg)"));
        }
        return Stream.concat(
                        NAMES.stream(),
                        FOLDERS.stream().flatMap(at -> NAMES.stream().map(name -> at + "/" + name)))
                .flatMap(name -> load(name).stream())
                .min(Comparator.comparing(found -> !found.hasRegions()))
                .orElse(new Found(Optional.empty(), "ImageIO (install libturbojpeg0 for speed)"));
    }

    private static Optional<Found> load(String name) {
        try {
            var symbols = SymbolLookup.libraryLookup(name, Arena.global());
            var library = Library.of(symbols);
            var version = version(symbols.findOrThrow("tjDestroy").address());
            var parts = library.regions == null ? "whole images" : "parts of images";
            var description = "libturbojpeg%s (%s)".formatted(version, parts);
            return Optional.of(new Found(Optional.of(library), description));
        } catch (IllegalArgumentException | NoSuchElementException missing) {
            return Optional.empty();
        }
    }

    /// The version, which no function tells: the text stands in the library's file.
    ///
    /// @param address of one of its functions
    private static String version(long address) {
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            var file = maps.filter(line -> holds(line, address)).findFirst().orElse("");
            var bytes = Files.readAllBytes(Path.of(file.substring(file.indexOf('/'))));
            var text = VERSION.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
            return text.find() ? " " + text.group(1) : "";
        } catch (IOException | UncheckedIOException | IndexOutOfBoundsException unknown) {
            return ""; // another system than Linux
        }
    }

    /// Whether a line, as in `7f0000400000-7f0000600000 r-xp …`, is of the file at an address.
    private static boolean holds(String line, long address) {
        int dash = line.indexOf('-');
        return address >= Long.parseUnsignedLong(line, 0, dash, 16)
                && address < Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
    }
}
