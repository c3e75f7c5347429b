package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.f;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.Counter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What Java Flight Recorder gets to know of calls into Python.
@NeedsPython
@Timeout(60)
class PythonEventsTest {
    @TempDir Path folder;

    private interface Run {
        void run(Pipeline pipeline) throws Exception;
    }

    private List<RecordedEvent> record(PythonFunction function, Run run) throws Exception {
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(8)).then(function).named("double"));
        try (var recording = new Recording();
                var pipeline = graph.build(Options.batchSize(4).threads(2).prefetch(2))) {
            for (var name : List.of("PythonCall", "OperatorCall", "Copy")) {
                recording
                        .enable("dev.headrace." + name)
                        .withThreshold(Duration.ZERO)
                        .with("throttle", "off");
            }
            recording.start();
            run.run(pipeline);
            recording.stop();
            return read(recording);
        }
    }

    private List<RecordedEvent> read(Recording recording) throws IOException {
        var file = folder.resolve("python.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file);
    }

    private static List<RecordedEvent> of(String type, List<RecordedEvent> events) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("dev.headrace." + type))
                .toList();
    }

    private static void drain(Pipeline pipeline) {
        pipeline.epoch().forEach(batch -> batch.get("out").dense());
    }

    @Test
    void inThisProcessACallLiesWithinThatOfItsNode() throws Exception {
        var events = record(f("2 * x[0]"), PythonEventsTest::drain);
        var calls = of("PythonCall", events);
        assertEquals(2, calls.size(), "one a batch");
        var nodes =
                of("OperatorCall", events).stream()
                        .filter(call -> call.getString("node").equals("double"))
                        .toList();
        assertEquals(2, nodes.size());
        for (var call : calls) {
            assertEquals("double", call.getString("node"));
            assertEquals(0, call.getInt("process"));
            assertEquals(ProcessHandle.current().pid(), call.getLong("pid"));
            assertEquals(4, call.getInt("samples"));
            assertEquals(0, call.getLong("epoch"));
            assertEquals(false, call.getBoolean("failed"));
            var node =
                    nodes.stream()
                            .filter(each -> each.getLong("iteration") == call.getLong("iteration"))
                            .findFirst()
                            .orElseThrow();
            assertEquals(node.getString("pipeline"), call.getString("pipeline"));
            assertEquals("python", call.getString("lane"));
            assertEquals("python", node.getString("lane"));
            assertTrue(!call.getStartTime().isBefore(node.getStartTime()));
            assertTrue(!call.getEndTime().isAfter(node.getEndTime()));
        }
    }

    @Test
    void eachWorkerProcessHasItsShareOnItsLane() throws Exception {
        var events = record(f("2 * x[0]").workers(2), PythonEventsTest::drain);
        var calls = of("PythonCall", events);
        assertEquals(4, calls.size(), "one a batch and process");
        for (int process = 1; process <= 2; process++) {
            int its = process;
            var own = calls.stream().filter(call -> call.getInt("process") == its).toList();
            assertEquals(2, own.size());
            assertEquals(
                    Set.of("double process " + its),
                    own.stream().map(call -> call.getString("lane")).collect(Collectors.toSet()));
            assertEquals(
                    Set.of(0L, 1L),
                    own.stream()
                            .map(call -> call.getLong("iteration"))
                            .collect(Collectors.toSet()));
            assertTrue(own.stream().allMatch(call -> call.getInt("samples") == 2));
            assertEquals(1, own.stream().map(call -> call.getLong("pid")).distinct().count());
        }
        var pids = calls.stream().map(call -> call.getLong("pid")).collect(Collectors.toSet());
        assertEquals(2, pids.size());
        assertNotEquals(Set.of(ProcessHandle.current().pid()), pids);
        var rests =
                of("OperatorCall", events).stream()
                        .filter(call -> call.getBoolean("rest"))
                        .filter(call -> call.getString("node").equals("double"))
                        .toList();
        assertEquals(2, rests.size(), "in which the batch waits for its processes");
    }

    @Test
    void whereNobodyRecordsNoEventBegins() throws Exception {
        record(f("2 * x[0]"), PythonEventsTest::drain);
        assertNull(PythonCallEvent.start());
    }

    @Test
    void aCallThatFailedIsMarked() throws Exception {
        for (int workers : new int[] {0, 1}) {
            var events =
                    record(
                            f("1 / int(x[0] != 5)").workers(workers),
                            pipeline -> {
                                pipeline.next();
                                assertThrows(BadBatch.class, pipeline::next);
                            });
            var failed =
                    of("PythonCall", events).stream()
                            .filter(call -> call.getBoolean("failed"))
                            .map(call -> call.getLong("iteration"))
                            .toList();
            assertEquals(List.of(1L), failed, "with " + workers + " workers");
        }
    }

    @Test
    void aConstantIsCopiedToSharedMemory() throws Exception {
        var graph = Graph.named("train");
        var function = f("x[0] + x[1]").workers(1);
        graph.output("out", graph.add(function, graph.read(Counter.below(8)), Argument.of(7)));
        try (var recording = new Recording();
                var pipeline = graph.build(Options.batchSize(4))) {
            recording.enable("dev.headrace.Copy").withThreshold(Duration.ZERO);
            recording.start();
            pipeline.next();
            pipeline.next();
            recording.stop();
            var copies = of("Copy", read(recording));
            assertEquals(2, copies.size());
            for (var copy : copies) {
                assertEquals("a constant", copy.getString("value"));
                assertEquals("to shared memory", copy.getString("why"));
                assertEquals(8, copy.getLong("bytes"), "once, though all samples read it");
            }
        }
    }
}
