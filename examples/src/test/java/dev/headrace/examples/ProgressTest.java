package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter printed = new StringWriter();

    @Test
    void awayFromATerminalEachEpochIsOneLine() {
        run(false);
        var lines = printed.toString().lines().map(ProgressTest::withoutTimes).toList();
        assertEquals(2, lines.size());
        assertEquals(
                "epoch  1/2 [========] loss 1.250 accuracy  50.0% T images/s waited T%",
                lines.get(0));
        assertEquals(
                "epoch  2/2 [====    ] loss 0.500 accuracy 100.0% T images/s waited T%",
                lines.get(1));
    }

    @Test
    void onATerminalTheLineIsDrawnOverItself() {
        run(true);
        assertTrue(printed.toString().startsWith("\r\u001b[Kepoch  1/2 ["), printed::toString);
    }

    /// One epoch of 8 images in batches of 6 and 2, and half of another.
    private void run(boolean terminal) {
        try (var progress = new Progress(new PrintWriter(printed), terminal, 2, 8)) {
            progress.came(0);
            progress.stepped(6, new Network.Step(1, 2));
            progress.came(0);
            progress.stepped(2, new Network.Step(2, 2));
            progress.came(1);
            progress.stepped(4, new Network.Step(0.5, 4));
        }
    }

    private static String withoutTimes(String line) {
        return line.replaceAll(" +[0-9,]+ images/s", " T images/s")
                .replaceAll("waited +[0-9.]+%", "waited T%");
    }
}
