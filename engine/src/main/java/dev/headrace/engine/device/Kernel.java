package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

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
}
