package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongPredicate;

/// Compares what two sides make of the same photographs: they must do the same work before their
/// times mean anything.
///
/// At the edge of a window they differ by design, so the outermost pixels are only reported: a
/// filter that reaches beyond the edge is cut off there in Headrace as in Pillow, meets the last
/// pixel repeated in DALI after a slice, and what lies beyond the window with a roi.
final class OutputCheck {
    private static final int SIZE = 224;
    private static final int COMPARED = 256;
    private static final int COMPARED_WHOLE = 64;

    /// One step of 255 once normalized by the least deviation of ImageNet's, with room for
    /// rounding.
    private static final double ONE_STEP = 1.001 / (0.224 * 255);

    /// How far pixels may be apart in the mean where one side decodes at a smaller scale. With
    /// Debian's large photographs that is 0.4 for Pillow's `draft` beside whole decoding, and a
    /// shift by one pixel 3.7.
    private static final double MEAN_OF_SCALED = 1;

    private final Bench bench;
    private final Side ours;
    private final Path one;
    private final Path other;
    private final JsonObject found = new JsonObject();

    OutputCheck(Bench bench, Side ours) throws IOException {
        this.bench = bench;
        this.ours = ours;
        one = bench.workplace().cache().resolve("ours.raw");
        other = bench.workplace().cache().resolve("theirs.raw");
    }

    /// All that was compared so far.
    JsonObject found() {
        return found;
    }

    /// Compares a job's output with what another side gives in a form.
    ///
    /// @throws IOException if they are too far apart
    void compare(ImageJob job, Side theirs, String form) throws IOException {
        var with = " (" + theirs.name() + " " + form + ")";
        if (job.equals(ImageJob.DECODE)) {
            save("decode", theirs, form, COMPARED_WHOLE);
            agree("decoded" + with, "of 255", Distance.ofBytes(one, other, i -> true), 1);
        } else if (job.large()) {
            save(job.name() + "-pixels", theirs, form + "-pixels", COMPARED);
            var distance = Distance.ofBytes(one, other, i -> isInner(i / 3));
            agree("resized" + with, "of 255", distance, 255);
            if (distance.mean() > MEAN_OF_SCALED) {
                throw tooFar();
            }
        } else {
            compare(job.name(), theirs, form);
            return;
        }
        Files.delete(one);
        Files.delete(other);
    }

    /// Compares what a network trains on, in a form of ours, with what another side gives in a
    /// form.
    ///
    /// @throws IOException if they are too far apart
    void compare(String ourForm, Side theirs, String form) throws IOException {
        var with = " (" + theirs.name() + " " + form + ")";
        save(ourForm + "-pixels", theirs, form + "-pixels", COMPARED);
        LongPredicate inner = i -> isInner(i / 3);
        agree("resized" + with, "of 255", Distance.ofBytes(one, other, inner), 1);
        var edge = Distance.ofBytes(one, other, inner.negate());
        agree("outermost pixels" + with, "of 255", edge, 255);
        save(ourForm, theirs, form, COMPARED);
        var normalized = Distance.ofFloats(one, other, OutputCheck::isInner);
        agree("normalized" + with, "deviations", normalized, ONE_STEP);
        Files.delete(one);
        Files.delete(other);
    }

    /// Whether a pixel is none of the outermost of its image or plane.
    private static boolean isInner(long pixel) {
        long column = pixel % SIZE;
        long row = pixel / SIZE % SIZE;
        return column > 0 && column < SIZE - 1 && row > 0 && row < SIZE - 1;
    }

    private void save(String form, Side theirs, String theirForm, int count) throws IOException {
        ours.ask("build", form, 1, 1);
        ours.ask("save", count, one);
        theirs.ask("build", theirForm, 1, 1);
        theirs.ask("save", count, other);
    }

    private void agree(String what, String unit, Distance distance, double limit)
            throws IOException {
        bench.say(
                "%s: %,d values, %.2f %% differ, by at most %.4g %s, in the mean by %.4f;"
                        + " %.2f %% by more than 1",
                what,
                distance.values(),
                100 * distance.different(),
                distance.greatest(),
                unit,
                distance.mean(),
                100 * distance.beyondOne());
        var row = new JsonObject();
        row.addProperty("values", distance.values());
        row.addProperty("differing", distance.different());
        row.addProperty("greatest", distance.greatest());
        row.addProperty("mean", distance.mean());
        row.addProperty("beyondOne", distance.beyondOne());
        row.addProperty("unit", unit);
        found.add(what, row);
        if (distance.greatest() > limit) {
            throw tooFar();
        }
    }

    private static IOException tooFar() {
        return new IOException("the outputs differ too much for the times to be compared");
    }
}
