package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.run.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChainSideTest {
    private static final int BATCH = 8;

    @Test
    void sampleIIsTheByteIAndEachCopyIsCounted(@TempDir Path folder) throws IOException {
        var side = ChainSide.answers();
        for (var kind : new String[] {"copy", "batch"}) {
            side.answer("build", "10", "" + BATCH, "1", "1", kind);
            var file = folder.resolve(kind);
            side.answer("save", "20", file.toString());
            var bytes = Files.readAllBytes(file);
            assertEquals(20, bytes.length);
            for (int i = 0; i < bytes.length; i++) {
                assertEquals(i, bytes[i], kind);
            }
            var copied = side.answer("copied");
            long batches = copied.get("iterations").getAsLong();
            assertEquals(3, batches);
            assertEquals(11 * BATCH * batches, copied.get("bytes").getAsLong(), kind);
        }
        side.close();
    }

    @Test
    void copiesAreOfTheKindAskedFor() {
        assertEquals(Set.of("Source", "Copy"), kinds("copy"));
        assertEquals(Set.of("Source", "CopyBatch"), kinds("batch"));
    }

    private static Set<String> kinds(String word) {
        try (var pipeline = ChainSide.open(List.of("10", "" + BATCH, "1", "1", word))) {
            return pipeline.report().nodes().stream()
                    .map(Report.NodeRow::kind)
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void tellsWhatARunTookAndHowSoonTheFirstBatchIsThere() throws IOException {
        var side = ChainSide.answers();
        side.answer("build", "10", "" + BATCH, "1", "2", "copy");
        side.answer("run", "0.001");
        var heap = side.answer("heap");
        assertTrue(heap.get("bytesPerBatch").getAsDouble() > 0, heap.toString());
        assertTrue(heap.get("seconds").getAsDouble() >= 0.001, heap.toString());
        var first = side.answer("first", "99", "32", "1", "2", "copy");
        assertTrue(first.get("millis").getAsDouble() > 0, first.toString());
        side.close();
    }
}
