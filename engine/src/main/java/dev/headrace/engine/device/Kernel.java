package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// A function that runs on CUDA devices, as PTX.
///
/// It is called as `void name(const Sample *samples, int count)`: the descriptors of `count`
/// samples, a block's sample being `blockIdx.y`, with as many blocks in `x` as the largest one
/// needs.
///
/// @param name of the function, as the PTX has it
/// @param ptx the code
public record Kernel(String name, String ptx) {
    public Kernel {
        checkArgument(!name.isBlank(), "a kernel without a name");
    }

    /// The function of this name in the PTX that lies beside a class, in a file of the class's
    /// name.
    ///
    /// @throws IllegalArgumentException if there is no such file
    public static Kernel beside(Class<?> owner, String name) {
        var file = owner.getSimpleName() + ".ptx";
        try (var in = owner.getResourceAsStream(file)) {
            checkArgument(in != null, "no %s beside %s", file, owner.getName());
            return new Kernel(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
