package dev.headrace.graph.trace;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Utf8;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// Turns a recording into the file of a trace, in two passes, event by event: the first measures
/// and finds where each batch begins, the second writes.
final class TraceFile {
    private static final int MOST_BATCHES = 200_000; // that arrows lead to

    private record Key(String pipeline, long iteration, long epoch) {
        static Key of(TraceEvent event) {
            return new Key(event.pipeline(), event.iteration(), event.epoch());
        }
    }

    private record Span(long start, long end) {}

    private final Path recording;
    private final long mostBytes;
    private final TraceLanes lanes = new TraceLanes();
    private final Newest sizes = new Newest();
    private final Map<Key, Span> batches =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, Span> eldest) {
                    return size() > MOST_BATCHES;
                }
            };
    private Optional<Long> expected = Optional.empty();
    private Instant started;
    private long first = Long.MAX_VALUE;
    private long lostBytes;
    private long leftOut;
    private long arrows;

    /// @param mostBytes that the file may have
    TraceFile(Path recording, long mostBytes) {
        this.recording = recording;
        this.mostBytes = mostBytes;
    }

    /// States that the recording begins with a [TraceStart] of that number, unless it has lost it.
    void expect(long number, Instant since) {
        expected = Optional.of(number);
        started = since;
    }

    /// Writes the file, whole or not at all.
    ///
    /// @return for people: what was dropped
    List<String> write(Path json) throws IOException {
        var part = json.resolveSibling(json.getFileName() + ".part");
        try {
            survey();
            var dropped = new ArrayList<String>();
            try (var out = Files.newBufferedWriter(part, UTF_8)) {
                write(out, dropped);
            }
            Files.move(part, json, StandardCopyOption.REPLACE_EXISTING);
            return dropped;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /// Whether it was written of a recording that has nothing of a pipeline, and lost nothing.
    boolean sawNothing() {
        return first == Long.MAX_VALUE && expected.isEmpty() && lostBytes == 0;
    }

    private interface Use {
        void accept(TraceEvent event) throws IOException;
    }

    private void forEach(Use use) throws IOException {
        try (var file = read(() -> new RecordingFile(recording))) {
            while (file.hasMoreEvents()) {
                var event = read(file::readEvent);
                if (TraceEvent.isOurs(event)) {
                    use.accept(TraceEvent.of(event));
                } else {
                    other(event);
                }
            }
        }
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    /// What the JDK's reader stumbles over in a broken file it tells by many kinds of exceptions.
    private <T> T read(Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } catch (IOException | RuntimeException broken) {
            throw new IOException(
                    recording
                            + " is no recording that can be read, or only a part of one: "
                            + broken,
                    broken);
        }
    }

    private void other(RecordedEvent event) {
        switch (event.getEventType().getName()) {
            case "dev.headrace.TraceStart" -> {
                if (expected.isPresent() && expected.get() == event.getLong("number")) {
                    expected = Optional.empty();
                }
            }
            case "jdk.DataLoss" -> lostBytes = Math.max(lostBytes, event.getLong("total"));
            default -> {}
        }
    }

    // ---- first pass

    private void survey() throws IOException {
        var objects = new TraceObjects(lanes, 0); // its times are the longest
        forEach(
                event -> {
                    first = Math.min(first, event.start());
                    if (event.kind().equals("Batch")) {
                        batches.put(Key.of(event), new Span(event.sliceStart(), event.sliceEnd()));
                    }
                    draw(event, objects, new Span(event.end(), event.end()));
                    sizes.add(event.end(), Utf8.encodedLength(objects.take()));
                });
    }

    // ---- second pass

    private void write(BufferedWriter out, List<String> dropped) throws IOException {
        var objects = new TraceObjects(lanes, first);
        objects.names();
        var names = objects.take();
        long since = sizes.since(mostBytes - 1000 - Utf8.encodedLength(names));
        arrows = 0;
        out.write("{\"traceEvents\":[");
        out.write(names.isEmpty() ? "" : names.substring(1)); // no comma before the first
        forEach(
                event -> {
                    if (event.end() < since) {
                        leftOut++;
                    } else {
                        draw(event, objects, batches.get(Key.of(event)));
                        out.write(objects.take());
                    }
                });
        dropped.addAll(dropped());
        out.write("\n],\"displayTimeUnit\":\"ms\",\"otherData\":");
        out.write(otherData(dropped));
        out.write("}\n");
    }

    private List<String> dropped() {
        var dropped = new ArrayList<String>();
        if (expected.isPresent()) {
            var late = Duration.ofNanos(Math.max(0, first - nanos(started)));
            dropped.add(
                    first == Long.MAX_VALUE
                            ? "all events were dropped, as the recording was full"
                            : String.format(
                                    Locale.ROOT,
                                    "the first %.1f s were dropped, as the recording was full",
                                    late.toNanos() / 1e9));
        }
        if (leftOut > 0) {
            dropped.add("the oldest " + leftOut + " events were left out, to keep the file small");
        }
        if (lostBytes > 0) {
            dropped.add(lostBytes + " bytes of events were lost, as they came too fast");
        }
        return dropped;
    }

    private static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000 + time.getNano();
    }

    private static String otherData(List<String> dropped) {
        var text = new StringBuilder("{\"recorder\":\"Headrace\"");
        if (!dropped.isEmpty()) {
            text.append(",\"dropped\":");
            TraceObjects.quote(text, String.join("; ", dropped));
        }
        return text.append('}').toString();
    }

    /// @param batch where the event's batch lies; null if it was not delivered
    private void draw(TraceEvent event, TraceObjects objects, Span batch) {
        switch (event.kind()) {
            case "Iteration" -> objects.inFlight(event);
            case "Queue" -> objects.counters(event);
            case "Sample" -> {
                objects.slice(event);
                if (batch != null) {
                    objects.arrow(event, batch.start(), batch.end(), ++arrows);
                }
            }
            default -> objects.slice(event);
        }
    }
}
