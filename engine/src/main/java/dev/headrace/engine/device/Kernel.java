package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;

import dev.headrace.engine.error.BadGraph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// A function that runs on CUDA devices, as PTX.
///
/// It is declared as `extern "C" __global__ void name(const Sample *samples)` and called with a
/// descriptor of each sample: a block's sample is `blockIdx.y`. There may be fewer threads in `x`
/// than a sample has pieces of work, so each goes on in steps of `gridDim.x * blockDim.x`.
///
/// @param name of the function, as the PTX has it
/// @param ptx the code
public record Kernel(String name, String ptx) {
    public Kernel {
        checkArgument(!name.isBlank(), "a kernel without a name");
    }

    private record Place(Class<?> owner, String name) {}

    /// PTX for any device from 7.5 on: its driver makes of it what the device runs.
    private static final List<String> OPTIONS =
            List.of("--gpu-architecture=compute_75", "--std=c++17");

    private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*");
    private static final Pattern ENTRY = Pattern.compile("(?m)^\\.visible \\.entry (\\w+)\\(");
    private static final Pattern MANGLED = Pattern.compile("_Z\\d.*");
    private static final Pattern SAMPLE_BYTES = Pattern.compile("headrace_sample_bytes = (\\d+);");

    /// Behind a source: has the PTX tell how large the function's structure is.
    private static final String MEASURE =
            """

            template <class T> struct HeadraceSample;
            template <class T> struct HeadraceSample<void(T *)> {
                static constexpr unsigned long long bytes = sizeof(T);
            };
            extern "C" __device__ unsigned long long headrace_sample_bytes =
                HeadraceSample<decltype(%s)>::bytes;
            """;

    private static final Map<Place, Kernel> FOUND = new ConcurrentHashMap<>();

    /// The function of this name in the PTX that lies beside a class, in a file of the class's
    /// name; read once.
    ///
    /// @throws IllegalArgumentException if there is no such file
    public static Kernel beside(Class<?> owner, String name) {
        return FOUND.computeIfAbsent(new Place(owner, name), Kernel::read);
    }

    private static Kernel read(Place place) {
        var file = place.owner.getSimpleName() + ".ptx";
        try (var in = place.owner.getResourceAsStream(file)) {
            checkArgument(in != null, "no %s beside %s", file, place.owner.getName());
            return new Kernel(place.name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// A function of CUDA source text, compiled now: C++17 for devices of compute capability 7.5
    /// and later, by NVRTC, which is looked for. It takes some 0.1 s.
    ///
    /// @param source declares the function as said above; "stdint.h" and the like are not there
    /// @param name of the function
    /// @throws BadGraph if the source does not compile, with the compiler's log; if it has no such
    ///     function, with those that it has; or if there is no NVRTC, with the places tried
    public static Kernel compile(String source, String name) {
        checkArgument(NAME.matcher(name).matches(), "\"%s\" is no name of a function", name);
        var compiler = Nvrtc.get();
        var title = name + ".cu";
        try {
            var measured = source + MEASURE.formatted(name);
            return checked(name, compiler.compile(measured, title, OPTIONS));
        } catch (Nvrtc.Refused refused) {
            try {
                checked(name, compiler.compile(source, title, OPTIONS));
            } catch (Nvrtc.Refused wrong) {
                throw new BadGraph(
                        "kernel %s does not compile:\n%s".formatted(name, wrong.getMessage()));
            }
            throw new BadGraph(
                    "kernel %s takes something else: declare it as extern \"C\" __global__ void"
                                    .formatted(name)
                            + " %s(const Sample *samples), of a structure Sample".formatted(name));
        }
    }

    private static Kernel checked(String name, String ptx) {
        var all = ENTRY.matcher(ptx).results().map(found -> found.group(1)).toList();
        if (all.contains(name)) {
            return new Kernel(name, ptx);
        }
        var others = all.stream().filter(each -> !MANGLED.matcher(each).matches()).toList();
        throw new BadGraph(
                "the source has no function extern \"C\" __global__ void %s(…); such are there: %s"
                        .formatted(name, others.isEmpty() ? "none" : String.join(", ", others)));
    }

    /// How many bytes a sample's structure has, where it was compiled by [#compile].
    public OptionalLong sampleBytes() {
        return SAMPLE_BYTES
                .matcher(ptx)
                .results()
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst();
    }
}
