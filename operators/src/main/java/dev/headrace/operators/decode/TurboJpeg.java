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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A decompressor of libturbojpeg, for one thread at a time: the classic functions, which
/// versions 2.0 to 3.x of the library have. Met only here.
///
/// Source of names and constants: "turbojpeg.h" of libjpeg-turbo 2.1.5.
final class TurboJpeg implements AutoCloseable {
    private static final int RGB = 0;
    private static final int BGR = 1;
    private static final int GRAY = 6;
    private static final int CMYK = 11;

    private static final int ACCURATE_DCT = 4096;
    private static final int STOP_ON_WARNING = 8192;
    private static final int LIMIT_SCANS = 32768; // thousands of scans are an attack

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

    record Found(Optional<Library> library, String description) {}

    record Library(
            MethodHandle open,
            MethodHandle header,
            MethodHandle decompress,
            MethodHandle error,
            MethodHandle close) {
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
                            FunctionDescriptor.of(JAVA_INT, ADDRESS)));
        }
    }

    private final Arena arena = Arena.ofShared(); // closed with the worker, by whatever thread
    private final MemorySegment stated = arena.allocate(JAVA_INT, 4);
    private MemorySegment handle = MemorySegment.NULL;

    /// A new decompressor. Only where the library [#isThere()].
    TurboJpeg() {}

    private MemorySegment handle() throws Throwable {
        if (handle.address() == 0) {
            handle = (MemorySegment) LIBRARY.open.invokeExact();
            if (handle.address() == 0) {
                throw new IllegalStateException("libturbojpeg has no memory for a decompressor");
            }
        }
        return handle;
    }

    /// Whether the library was found.
    static boolean isThere() {
        return LIBRARY != null;
    }

    /// The library and its version, or why there is none.
    static String description() {
        return FOUND.description;
    }

    /// Decodes a file, as it is stored.
    ///
    /// @param file native memory
    /// @param out native memory: rows of `colour.channels()` bytes a pixel, with room for 4 a
    ///     pixel if the file holds ink
    void decode(
            MemorySegment file, ImageHeader header, DecodeImage.Colour colour, MemorySegment out) {
        boolean ink = header.channels() == 4;
        int format =
                ink
                        ? CMYK
                        : switch (colour) {
                            case RGB -> RGB;
                            case BGR -> BGR;
                            case GREY -> GRAY;
                        };
        stated.fill((byte) 0);
        try {
            int failed =
                    (int)
                            LIBRARY.header.invokeExact(
                                    handle(),
                                    file,
                                    file.byteSize(),
                                    stated,
                                    stated.asSlice(4),
                                    stated.asSlice(8),
                                    stated.asSlice(12));
            // It also fails where the subsampling has no name of its own, which decoding does not
            // mind; the extents tell.
            if (stated.get(JAVA_INT, 0) != header.width()
                    || stated.get(JAVA_INT, 4) != header.height()) {
                throw broken(failed == 0 ? "it states its extents twice" : lastWords());
            }
            failed =
                    (int)
                            LIBRARY.decompress.invokeExact(
                                    handle,
                                    file,
                                    file.byteSize(),
                                    out,
                                    header.width(),
                                    0,
                                    header.height(),
                                    format,
                                    ACCURATE_DCT | STOP_ON_WARNING | LIMIT_SCANS);
            if (failed != 0) {
                throw broken(lastWords());
            }
        } catch (BadSample failure) {
            free(); // after an error in its header, every file would be an error
            throw failure;
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw unreachable(impossible);
        }
        if (ink) {
            packInk(header.height(), header.width(), colour, out);
        }
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

    /// Frees the decompressor.
    @Override
    public void close() {
        try {
            free();
        } finally {
            arena.close();
        }
    }

    private static Found find() {
        var found = find(System.getProperty(SETTING, System.getenv(VARIABLE)));
        System.getLogger(DecodeImage.class.getName())
                .log(System.Logger.Level.INFO, "JPEG is decoded by {0}", found.description);
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
                .findFirst()
                .orElse(new Found(Optional.empty(), "ImageIO (install libturbojpeg0 for speed)"));
    }

    private static Optional<Found> load(String name) {
        try {
            var library = Library.of(SymbolLookup.libraryLookup(name, Arena.global()));
            return Optional.of(new Found(Optional.of(library), "libturbojpeg" + version()));
        } catch (IllegalArgumentException | NoSuchElementException missing) {
            return Optional.empty();
        }
    }

    /// The version, which no function tells: the text stands in the library's file.
    private static String version() {
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            var file = maps.filter(line -> line.contains("libturbojpeg")).findFirst().orElse("");
            var bytes = Files.readAllBytes(Path.of(file.substring(file.indexOf('/'))));
            var text = VERSION.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
            return text.find() ? " " + text.group(1) : "";
        } catch (IOException | UncheckedIOException | IndexOutOfBoundsException unknown) {
            return ""; // another system than Linux
        }
    }
}
