package dev.headrace.graph.trace;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.trace.Drawn.Slice;
import dev.headrace.graph.trace.Numbers.AddOne;
import dev.headrace.graph.trace.Numbers.Count;
import dev.headrace.graph.trace.Numbers.Pass;
import dev.headrace.graph.trace.Numbers.Twice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A trace, read again: its lanes, slices, arrows, and what becomes of it at its limits.
@Timeout(60)
class TraceTest {
    private static final AtomicLong NAMES = new AtomicLong();

    @TempDir Path folder;

    /// A name that no other pipeline of this process has.
    private static String fresh() {
        return "traced" + NAMES.getAndIncrement();
    }

    private static final Logger LOG = Logger.getLogger("dev.headrace.graph.trace");

    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord told) {
                    logged.add(told.getLevel() + " " + new SimpleFormatter().formatMessage(told));
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        LOG.addHandler(handler);
        LOG.setUseParentHandlers(false);
    }

    @AfterEach
    void listenNoMore() {
        LOG.removeHandler(handler);
        LOG.setUseParentHandlers(true);
    }

    private interface Run {
        void run() throws Exception;
    }

    private Drawn trace(Run run) throws Exception {
        var json = folder.resolve("trace.json");
        try (var _ = Trace.to(json)) {
            run.run();
        }
        try (var left = Files.list(folder)) {
            assertEquals(List.of(json), left.toList(), "nothing else is left");
        }
        return Drawn.read(json);
    }

    private static Pipeline samples(String name, long count, long refused, Options options) {
        var graph = Graph.named(name);
        var number = graph.read(new Count(count)).then(new AddOne(refused));
        return graph.output("n", number).build(options);
    }

    private static void drain(Pipeline pipeline) {
        for (Batch batch : pipeline.epoch()) {
            batch.size();
        }
    }

    private static Map<String, Long> names(List<Slice> slices) {
        return slices.stream().collect(groupingBy(Slice::name, counting()));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "2, 4"})
    void eachSampleHoldsItsCallsAndLeadsToItsBatch(int threads, int prefetch) throws Exception {
        var name = fresh();
        var drawn =
                trace(
                        () -> {
                            var options = Options.batchSize(4).threads(threads).prefetch(prefetch);
                            try (var pipeline = samples(name, 10, -1, options)) {
                                drain(pipeline);
                            }
                        });
        assertEquals(Map.of(1L, name), drawn.pipelines);
        assertEquals(10, drawn.of("Sample").size());
        assertEquals(Map.of("count", 10L, "addOne", 10L), names(drawn.of("OperatorCall")));
        for (var call : drawn.of("OperatorCall")) {
            var outer =
                    drawn.of("Sample").stream().filter(sample -> sample.contains(call)).toList();
            assertEquals(1, outer.size(), () -> call + " lies in one sample");
            assertEquals(call.args().get("sample"), outer.getFirst().args().get("sample"));
            assertTrue(outer.getFirst().start() < call.start() || call.start() == call.end());
            var line = call.args().get("line").getAsString();
            assertTrue(line.startsWith("TraceTest.java:"), line);
            assertTrue(call.lane().startsWith(name + "/worker "), call.lane());
        }
        assertEquals(Map.of("batch 0", 1L, "batch 1", 1L, "batch 2", 1L), names(drawn.of("Batch")));
        assertEquals(10, drawn.arrows.size());
        for (var arrow : drawn.arrows) {
            assertEquals("Sample", arrow.from().kind());
            assertEquals("Batch", arrow.to().kind());
            assertEquals(name + "/consumer", arrow.to().lane());
            long sample = arrow.from().args().get("sample").getAsLong();
            assertEquals("batch " + sample / 4, arrow.to().name());
        }
        assertEquals(10, drawn.arrows.stream().map(Drawn.Arrow::from).collect(toSet()).size());
        var flights = drawn.inFlight.stream().filter(each -> !each.name().equals("ready")).toList();
        assertEquals(
                Map.of("iteration 0", 1L, "iteration 1", 1L, "iteration 2", 1L), names(flights));
        assertEquals(
                Math.min(3, prefetch), flights.stream().map(Slice::lane).collect(toSet()).size());
        assertEquals(
                Set.of("ready", "inFlight", "lentBytes"),
                drawn.counters.stream().map(c -> c.get("name").getAsString()).collect(toSet()));
        assertFalse(drawn.file.getAsJsonObject("otherData").has("dropped"));
    }

    @Test
    void eachThreadHasItsLaneWorkersFirst() throws Exception {
        var name = fresh();
        var graph = Graph.named(name);
        var number =
                graph.read(new Count(24))
                        .then(new Twice())
                        .then(new Pass("own"))
                        .then(new Pass(""))
                        .then(new AddOne(-1));
        graph.output("n", number);
        var drawn =
                trace(
                        () -> {
                            var options = Options.batchSize(4).threads(2).prefetch(3);
                            try (var pipeline = graph.build(options)) {
                                drain(pipeline);
                            }
                        });
        long last = -1;
        for (var lane : List.of("consumer", "worker 0", "worker 1", "own", "pass2")) {
            Long place = drawn.lanes.get(name + "/" + lane);
            assertTrue(place != null && place > last, lane + " in " + drawn.lanes);
            last = place;
        }
        var calls = drawn.of("OperatorCall");
        var whole = calls.stream().filter(call -> !call.args().has("sample")).toList();
        assertEquals(Map.of("twice", 6L, "pass", 6L, "pass2", 6L), names(whole));
        assertEquals(
                Map.of("count", 24L, "twice", 24L, "addOne", 24L),
                names(calls.stream().filter(call -> call.args().has("sample")).toList()));
        for (var call : whole) {
            switch (call.name()) {
                case "pass" -> assertEquals(name + "/own", call.lane());
                case "pass2" -> assertEquals(name + "/pass2", call.lane());
                default -> assertTrue(call.lane().startsWith(name + "/worker "), call.lane());
            }
        }
        assertEquals(48, drawn.arrows.size(), "from both segments");
    }

    @Test
    void anIterationThatFailedShowsAndHasNoBatch() throws Exception {
        var drawn =
                trace(
                        () -> {
                            var options = Options.batchSize(4).threads(1);
                            try (var pipeline = samples(fresh(), 12, 6, options)) {
                                pipeline.next();
                                assertThrows(BadSample.class, pipeline::next);
                                pipeline.next();
                            }
                        });
        var flights = names(drawn.inFlight);
        assertEquals(1, flights.get("iteration 0"));
        assertEquals(1, flights.get("iteration 1, failed"));
        var failed =
                drawn.inFlight.stream()
                        .filter(each -> each.name().equals("iteration 1, failed"))
                        .findFirst()
                        .orElseThrow();
        assertEquals("AddOne refuses 6", failed.args().get("failure").getAsString());
        assertEquals(Map.of("batch 0", 1L, "batch 2", 1L), names(drawn.of("Batch")));
        var calls = drawn.of("OperatorCall").stream().filter(call -> call.args().has("failed"));
        assertEquals(
                List.of(6L), calls.map(call -> call.args().get("sample").getAsLong()).toList());
        assertEquals(8, drawn.arrows.size());
        assertEquals(11, drawn.of("Sample").size(), "sample 7 was left out");
    }

    @Test
    void twoPipelinesAtOnceAreTwoProcesses() throws Exception {
        var name = fresh();
        var drawn =
                trace(
                        () -> {
                            try (var one = samples(name, 8, -1, Options.batchSize(4).threads(1));
                                    var other =
                                            samples(name, 8, -1, Options.batchSize(4).threads(2))) {
                                var ones = one.epoch().iterator();
                                var others = other.epoch().iterator();
                                while (ones.hasNext() && others.hasNext()) {
                                    assertEquals(
                                            ones.next().iteration(), others.next().iteration());
                                }
                            }
                        });
        assertEquals(Set.of(name, name + " (2)"), Set.copyOf(drawn.pipelines.values()));
        assertEquals(16, drawn.arrows.size());
        for (var arrow : drawn.arrows) {
            var pipeline = arrow.from().lane().replaceAll("/.*", "");
            assertEquals(pipeline + "/consumer", arrow.to().lane());
        }
    }

    @Test
    void namesAreWrittenAsTheyAre() throws Exception {
        var name = fresh() + " \"quoted\" \\ back\nline   日本 </script>";
        var graph = Graph.named(name);
        var odd = "a \"node\"\t{}[],\u0001";
        graph.output("n", graph.read(new Count(4)).named(odd));
        var drawn =
                trace(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(4))) {
                                drain(pipeline);
                            }
                        });
        assertEquals(Map.of(1L, name), drawn.pipelines);
        assertEquals(Map.of(odd, 4L), names(drawn.of("OperatorCall")));
    }

    @Test
    void veryLongNamesAreCut() throws Exception {
        var graph = Graph.named(fresh());
        graph.output("n", graph.read(new Count(1)).named("n".repeat(100_000)));
        var drawn =
                trace(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(1))) {
                                drain(pipeline);
                            }
                        });
        assertEquals(Map.of("n".repeat(200) + "…", 1L), names(drawn.of("OperatorCall")));
    }

    @Test
    void whereNothingRanTheTraceIsEmpty() throws Exception {
        var drawn = trace(() -> {});
        assertEquals(0, drawn.file.getAsJsonArray("traceEvents").size());
        assertEquals(
                "{\"recorder\":\"Headrace\"}", drawn.file.getAsJsonObject("otherData").toString());
        assertEquals(
                List.of(
                        "INFO trace "
                                + folder.resolve("trace.json")
                                + " is empty: no pipeline ran while it was recorded"),
                logged);
    }

    @Test
    void anOlderFileIsReplacedAtTheEndAndClosingTwiceDoesNothing() throws Exception {
        var json = folder.resolve("trace.json");
        Files.writeString(json, "older");
        var trace = Trace.to(json);
        assertEquals("older", Files.readString(json));
        trace.close();
        assertTrue(Files.readString(json).startsWith("{\"traceEvents\":["));
        Files.writeString(json, "newer");
        trace.close();
        assertEquals("newer", Files.readString(json));
        assertEquals(1, logged.size(), logged::toString);
    }

    @Test
    void refusesWhatCannotBeWritten() throws Exception {
        var wrong = folder.resolve("trace.html");
        assertEquals(
                "a trace is a .json file, and " + wrong + " is not",
                assertThrows(IllegalArgumentException.class, () -> Trace.to(wrong)).getMessage());
        var lost = folder.resolve("nowhere/trace.json");
        assertEquals(
                "there is no folder " + folder.resolve("nowhere") + " for the trace " + lost,
                assertThrows(IOException.class, () -> Trace.to(lost)).getMessage());
        var taken = Files.createDirectory(folder.resolve("taken.json"));
        assertEquals(
                "the trace " + taken + " cannot be written there",
                assertThrows(IOException.class, () -> Trace.to(taken)).getMessage());
        var full =
                assertThrows(
                        IOException.class,
                        () -> Trace.to(folder.resolve("full.json"), 1L << 60, 1000));
        assertTrue(
                full.getMessage()
                        .matches(
                                "a trace may need 2199023255584 MiB in .*, which has \\d+ left; .*"),
                full.getMessage());
        try (var left = Files.list(folder)) {
            assertEquals(List.of(taken), left.toList());
        }
    }

    @Test
    void aTraceThatCannotBeWrittenInTheEndHarmsNothing() throws Exception {
        var gone = Files.createDirectory(folder.resolve("gone"));
        var trace = Trace.to(gone.resolve("trace.json"));
        try (var pipeline = samples(fresh(), 8, -1, Options.batchSize(4))) {
            pipeline.next();
            Files.delete(gone);
            trace.close();
            assertEquals(4, pipeline.next().size());
        }
        assertFalse(Files.exists(gone));
        assertEquals(
                List.of(
                        "WARNING the trace "
                                + gone.resolve("trace.json")
                                + " was not written: java.nio.file.NoSuchFileException: "
                                + gone.resolve("trace.json.part")),
                logged);
    }

    @Test
    void theFileKeepsTheNewestEventsWithinItsLimit() throws Exception {
        var json = folder.resolve("trace.json");
        long limit = 100_000;
        try (var _ = Trace.to(json, 64 << 20, limit);
                var pipeline = samples(fresh(), 2000, -1, Options.batchSize(4))) {
            drain(pipeline);
        }
        assertTrue(Files.size(json) <= limit, Files.size(json) + " bytes");
        assertTrue(Files.size(json) > limit / 2, Files.size(json) + " bytes");
        var drawn = Drawn.read(json);
        assertTrue(names(drawn.of("Batch")).containsKey("batch 499"));
        assertFalse(names(drawn.of("Batch")).containsKey("batch 0"));
        var dropped = drawn.file.getAsJsonObject("otherData").get("dropped").getAsString();
        assertTrue(
                dropped.matches("the oldest \\d+ events were left out, to keep the file small"),
                dropped);
        assertEquals(List.of("INFO trace " + json + ": " + dropped), logged);
    }

    /// Makes a recording large.
    @Name("dev.headrace.Wait")
    static final class Filler extends jdk.jfr.Event {
        String pipeline;
        String lane;
        String reason;
    }

    @Test
    void theRecordingKeepsItsNewestPartsWithinItsLimit() throws Exception {
        var json = folder.resolve("trace.json");
        var name = fresh();
        int count = 12_000; // each takes 1 kB
        var padding = " " + "x".repeat(1000);
        try (var _ = Trace.to(json, 1 << 20, 1 << 20)) {
            var filler = new Filler();
            filler.pipeline = name;
            for (int i = 0; i < count; i++) {
                filler.begin();
                filler.lane = "worker " + i % 4;
                filler.reason = "until " + i + padding;
                filler.end();
                filler.commit();
                if (i % 3000 == 0) {
                    rollOver();
                }
            }
        }
        assertTrue(Files.size(json) <= 1 << 20, Files.size(json) + " bytes");
        var drawn = Drawn.read(json);
        var waits = drawn.of("Wait").stream().map(wait -> wait.name().split(" ")[2]).toList();
        assertTrue(waits.contains(String.valueOf(count - 1)));
        assertFalse(waits.contains("0"));
        var dropped = drawn.file.getAsJsonObject("otherData").get("dropped").getAsString();
        assertTrue(
                dropped.matches(
                        "the first \\d+\\.\\d s were dropped, as the recording was full;"
                                + " the oldest \\d+ events were left out, to keep the file small"),
                dropped);
    }

    /// Has the recorder begin a new part, as it does by itself when one has 12 MiB.
    private static void rollOver() {
        try (var other = new Recording()) {
            other.start();
        }
    }

    @Test
    void aRecordingOfTheUsersOwnIsConvertedToo() throws Exception {
        var jfr = folder.resolve("own.jfr");
        var json = folder.resolve("own.json");
        try (var recording = new Recording()) {
            recording.enable("dev.headrace.Sample").withThreshold(Duration.ZERO);
            recording.start();
            try (var pipeline = samples(fresh(), 8, -1, Options.batchSize(4))) {
                drain(pipeline);
            }
            recording.dump(jfr);
        }
        Trace.convert(jfr, json);
        var drawn = Drawn.read(json);
        assertEquals(Map.of("batch 0", 1L, "batch 1", 1L), names(drawn.of("Batch")));
        assertFalse(drawn.file.getAsJsonObject("otherData").has("dropped"));
    }

    /// As one that a later release may bring.
    @Name("dev.headrace.KernelLaunch")
    static final class Launch extends jdk.jfr.Event {
        String pipeline;
        String lane;
        String kernel;
        float half = Float.NaN;
    }

    @Test
    void anEventOfAnotherTypeIsDrawnOnTheLaneThatItNames() throws Exception {
        var name = fresh();
        var drawn =
                trace(
                        () -> {
                            var launch = new Launch();
                            launch.pipeline = name;
                            launch.lane = "stream 3";
                            launch.kernel = "normalize";
                            launch.begin();
                            launch.commit();
                        });
        var slice = drawn.of("KernelLaunch").getFirst();
        assertEquals(name + "/stream 3", slice.lane());
        assertEquals("{\"kernel\":\"normalize\"}", slice.args().toString());
    }

    @Test
    void whatIsNoRecordingIsRefused() throws Exception {
        var text = Files.writeString(folder.resolve("text.jfr"), "no recording");
        var json = folder.resolve("text.json");
        var failure = assertThrows(IOException.class, () -> Trace.convert(text, json));
        assertTrue(failure.getMessage().startsWith(text + " is no recording"), failure::toString);
        assertFalse(Files.exists(json));
        var missing = folder.resolve("missing.jfr");
        assertThrows(IOException.class, () -> Trace.convert(missing, json));
    }

    /// The JDK's reader ends with exceptions of many kinds.
    @Test
    void aPartOfARecordingIsRefusedWhereverItEnds() throws Exception {
        var whole = folder.resolve("whole.jfr");
        try (var recording = new Recording()) {
            recording.enable("dev.headrace.Sample").withThreshold(Duration.ZERO);
            recording.start();
            try (var pipeline = samples(fresh(), 8, -1, Options.batchSize(4))) {
                pipeline.next();
            }
            recording.stop();
            recording.dump(whole);
        }
        var bytes = Files.readAllBytes(whole);
        var json = folder.resolve("part.json");
        for (int parts = 1; parts < 60; parts++) {
            int length = bytes.length * parts / 60;
            var part = Files.write(folder.resolve("part.jfr"), Arrays.copyOf(bytes, length));
            var failure = assertThrows(IOException.class, () -> Trace.convert(part, json));
            assertTrue(
                    failure.getMessage().startsWith(part + " is no recording that can be read"),
                    () -> length + " bytes: " + failure);
            assertFalse(Files.exists(json));
        }
    }

    @Test
    void twoTracesAtOnceAreBothWhole() throws Exception {
        var inner = folder.resolve("inner.json");
        var outer = folder.resolve("outer.json");
        try (var _ = Trace.to(outer);
                var pipeline = samples(fresh(), 8, -1, Options.batchSize(4).prefetch(1))) {
            pipeline.next();
            try (var _ = Trace.to(inner)) {
                pipeline.next().close();
            }
        }
        assertEquals(Map.of("batch 0", 1L, "batch 1", 1L), names(Drawn.read(outer).of("Batch")));
        assertTrue(names(Drawn.read(inner).of("Batch")).containsKey("batch 1"));
    }
}
