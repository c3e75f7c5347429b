package dev.headrace.operators.image;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

/// What Pillow and DALI made of a few small images, as written by `src/test/reference/image.py`,
/// which also states the format.
final class Reference {
    private static final ImmutableList<Line> LINES = read();

    private Reference() {}

    /// One item of the file.
    record Line(ImmutableList<String> fields) {
        String text(int field) {
            return fields.get(field);
        }

        int number(int field) {
            return Integer.parseInt(text(field));
        }

        double real(int field) {
            return Double.parseDouble(text(field));
        }

        byte[] bytes() {
            return Base64.getDecoder().decode(fields.getLast());
        }

        /// The bytes as an image of this size and of three channels.
        TensorValue image(long h, long w) {
            return TensorValue.of(TensorSpec.of(ElementType.UINT8, "HWC", h, w, 3), bytes());
        }
    }

    private static ImmutableList<Line> read() {
        try (var stream = Reference.class.getResourceAsStream("reference.txt")) {
            return new String(stream.readAllBytes(), US_ASCII)
                    .lines()
                    .map(line -> new Line(ImmutableList.copyOf(line.split(" "))))
                    .collect(ImmutableList.toImmutableList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// All items of a kind.
    static ImmutableList<Line> lines(String kind) {
        return LINES.stream()
                .filter(line -> line.text(0).equals(kind))
                .collect(ImmutableList.toImmutableList());
    }

    /// The images by name.
    static ImmutableMap<String, TensorValue> images() {
        return lines("image").stream()
                .collect(
                        ImmutableMap.toImmutableMap(
                                line -> line.text(1),
                                line ->
                                        TensorValue.of(
                                                TensorSpec.of(
                                                        ElementType.UINT8,
                                                        "HWC",
                                                        line.number(2),
                                                        line.number(3),
                                                        line.number(4)),
                                                line.bytes())));
    }

    /// The noise, 12×17×3.
    static TensorValue noise() {
        return images().get("noise");
    }
}
