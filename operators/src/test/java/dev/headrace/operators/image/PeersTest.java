package dev.headrace.operators.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorValue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Resizing beside Pillow and DALI. Each value is to be within 1 of these:
///
/// | | antialiased | not antialiased (Pillow has no such form) |
/// |---|---|---|
/// | no pixel beyond the border has weight | DALI and Pillow | DALI |
/// | the same, where Pillow clips | DALI and Pillow without clipping | – |
/// | a pixel beyond the border has weight | Pillow without clipping | DALI |
///
/// Pillow without clipping is its resize of one channel of floats. Of bytes it clips to 0 to 255
/// between its passes, which DALI does not, and of noise much is clipped. At the border Pillow
/// drops what lies beyond and DALI repeats the last pixel, so whether they are near is chance. Both
/// place `NEAREST` with rounded sums, so a point on the border of two pixels takes either: not
/// compared.
class PeersTest {
    /// A resize that the tools did.
    private record Task(String image, Filter filter, boolean antialias, int height, int width) {
        TensorValue resized(ElementType type) {
            var in = Reference.images().get(image);
            var whole = Window.whole(in.spec().shape());
            return ResamplerTest.resampled(in, whole, height, width, filter, antialias, type);
        }

        boolean beyondBorder(int y, int x) {
            var in = Reference.images().get(image).spec().shape();
            return beyondBorder(y, in.extent(0), height) || beyondBorder(x, in.extent(1), width);
        }

        private boolean beyondBorder(int i, double in, int out) {
            double reach = filter.radius() * (antialias ? Math.max(1, in / out) : 1);
            double centre = (i + 0.5) * in / out;
            return centre + 0.5 < reach || in + 0.5 - centre < reach;
        }

        boolean betweenPixels(int y, int x) {
            var in = Reference.images().get(image).spec().shape();
            return (2 * y + 1) * in.extent(0) % (2 * height) == 0
                    || (2 * x + 1) * in.extent(1) % (2 * width) == 0;
        }
    }

    private static Map<Task, Map<String, byte[]>> tasks() {
        var tasks = new LinkedHashMap<Task, Map<String, byte[]>>();
        for (var line : Reference.lines("resize")) {
            var task =
                    new Task(
                            line.text(2),
                            Filter.valueOf(line.text(3)),
                            Boolean.parseBoolean(line.text(4)),
                            line.number(5),
                            line.number(6));
            tasks.computeIfAbsent(task, _ -> new HashMap<>()).put(line.text(1), line.bytes());
        }
        return tasks;
    }

    @TestFactory
    Stream<DynamicTest> isWithinOneOfThem() {
        return tasks().entrySet().stream()
                .map(
                        entry ->
                                dynamicTest(
                                        entry.getKey().toString(),
                                        () -> compare(entry.getKey(), entry.getValue())));
    }

    private static void compare(Task task, Map<String, byte[]> peers) {
        var ours = task.resized(ElementType.UINT8);
        int channels = (int) ours.spec().shape().extent(2);
        for (int i = 0; i < ours.bytes().length; i++) {
            int y = i / channels / task.width();
            int x = i / channels % task.width();
            for (var tool : compared(task, peers, y, x, i)) {
                int value = ours.bytes()[i] & 0xFF;
                int peer = value(peers, tool, i);
                assertTrue(
                        Math.abs(value - peer) <= 1,
                        () ->
                                "row %s, column %s: %s, %s has %s"
                                        .formatted(y, x, value, tool, peer));
            }
        }
    }

    private static String[] compared(Task task, Map<String, byte[]> peers, int y, int x, int i) {
        if (task.filter() == Filter.NEAREST && task.betweenPixels(y, x)) {
            return new String[] {};
        }
        if (!task.antialias()) {
            return new String[] {"dali"};
        }
        if (task.beyondBorder(y, x)) {
            return new String[] {"pillow-float"};
        }
        int clipping = value(peers, "pillow", i) - value(peers, "pillow-float", i);
        return new String[] {"dali", Math.abs(clipping) > 1 ? "pillow-float" : "pillow"};
    }

    private static int value(Map<String, byte[]> peers, String tool, int i) {
        return peers.get(tool)[i] & 0xFF;
    }

    @Test
    void mostValuesAreComparedWithBoth() {
        int all = 0;
        int withBoth = 0;
        for (var entry : tasks().entrySet()) {
            var task = entry.getKey();
            var peers = entry.getValue();
            int length = peers.get("dali").length;
            int channels = length / task.height() / task.width();
            for (int i = 0; task.antialias() && i < length; i++) {
                int y = i / channels / task.width();
                int x = i / channels % task.width();
                all++;
                withBoth += List.of(compared(task, peers, y, x, i)).contains("pillow") ? 1 : 0;
            }
        }
        assertTrue(withBoth > 0.6 * all, withBoth + " of " + all);
    }

    @TestFactory
    Stream<DynamicTest> floatsAreTheSameBeforeRounding() {
        return tasks().keySet().stream()
                .map(task -> dynamicTest(task.toString(), () -> compareRounded(task)));
    }

    private static void compareRounded(Task task) {
        var rounded = task.resized(ElementType.UINT8).numbers();
        var floats = task.resized(ElementType.FLOAT32).numbers();
        for (int i = 0; i < floats.length; i++) {
            double expected = Math.clamp(Math.floor((float) floats[i] + 0.5f), 0, 255);
            assertEquals(expected, rounded[i], "element " + i + ", not rounded: " + floats[i]);
        }
    }
}
