package dev.headrace.benchmarks;

import static dev.headrace.engine.data.ElementType.UINT8;

import com.google.common.base.Joiner;
import com.google.common.primitives.Longs;
import dev.headrace.engine.data.TensorSpec;
import java.util.Arrays;

/// What a Python function is called with.
///
/// @param batch samples in a batch
/// @param sample each of them, of `uint8`
/// @param atOnce whether one call takes the batch, instead of a call for each sample
record FunctionCase(int batch, TensorSpec sample, boolean atOnce) {
    /// The one that three words name, as in `32 224x224x3 batch`.
    static FunctionCase of(String batch, String sample, String mode) {
        long[] extents = Arrays.stream(sample.split("x")).mapToLong(Long::parseLong).toArray();
        return new FunctionCase(
                Integer.parseInt(batch), TensorSpec.of(UINT8, "", extents), mode.equals("batch"));
    }

    String sampleName() {
        return Joiner.on('x').join(Longs.asList(sample.shape().extents()));
    }

    String mode() {
        return atOnce ? "batch" : "samples";
    }

    /// The words that name it.
    String words() {
        return batch + " " + sampleName() + " " + mode();
    }

    @Override
    public String toString() {
        return "batch %d, %s, %s".formatted(batch, sample, atOnce ? "in one call" : "a call each");
    }
}
