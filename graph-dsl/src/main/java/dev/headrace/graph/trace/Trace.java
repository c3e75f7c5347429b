package dev.headrace.graph.trace;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/// Records what the pipelines of this process do, and writes it as a drawing in time that
/// [Perfetto](https://ui.perfetto.dev) and `chrome://tracing` show.
///
/// ```java
/// try (var _ = Trace.to(Path.of("train.json"))) {
///     // build a pipeline, run it, close it
/// }
/// ```
///
/// Each pipeline is a process of the drawing; each worker, thread of a step, Python process, and
/// the consumer, is a thread. A slice is a sample on its way through a segment, in it the calls of
/// its nodes; a batch of a batch operator; a wait; a copy; a batch in the consumer's hands. Arrows
/// lead from each sample to its batch. Iterations in flight, batches that lie ready and lent memory
/// are drawn beside.
///
/// It is the recording of Java Flight Recorder that grows, on disk, to {@value #RECORDED_MIB} MiB
/// at most; then its oldest parts go. The file has at most {@value #WRITTEN_MIB} MiB, of the newest
/// events. Where something was dropped, the log and the file say so. A trace that cannot be written
/// in the end is told in the log too, and fails nothing. Where a signal or `System.exit` ends the
/// process before it is closed, what was recorded until then is written, unless the process is
/// killed.
///
/// Safe to close from any thread.
public final class Trace implements AutoCloseable {
    /// The most that a recording takes on disk, in MiB.
    public static final int RECORDED_MIB = 64;

    /// The most that the file of a trace has, in MiB.
    public static final int WRITTEN_MIB = 128;

    private static final System.Logger LOG = System.getLogger("dev.headrace.graph.trace");

    /// All of ours, also of classes that are not loaded yet.
    private static final List<String> EVENTS =
            List.of(
                    "dev.headrace.Batch",
                    "dev.headrace.Copy",
                    "dev.headrace.Iteration",
                    "dev.headrace.OperatorCall",
                    "dev.headrace.PythonCall",
                    "dev.headrace.Queue",
                    "dev.headrace.Sample",
                    "dev.headrace.TraceStart",
                    "dev.headrace.Wait");

    private final Path json;
    private final long writtenBytes;
    private final Recording recording;
    private final Path copy;
    private final FlightRecorderListener end;
    private final TraceStart start = new TraceStart();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Trace(Path json, long recordedBytes, long writtenBytes) throws IOException {
        this.json = json;
        this.writtenBytes = writtenBytes;
        recording = new Recording();
        recording.setName("Headrace: " + json);
        recording.setToDisk(true);
        recording.setMaxSize(recordedBytes);
        only(recording);
        // at the process's end the recorder does away with recordings, in a shutdown hook of its
        // own: in that it copies this first, and then tells
        copy = Files.createTempFile("headrace", ".jfr");
        recording.setDestination(copy);
        recording.setDumpOnExit(true);
        end =
                new FlightRecorderListener() {
                    @Override
                    public void recordingStateChanged(Recording which) {
                        ended(which);
                    }
                };
        FlightRecorder.addListener(end);
        recording.start();
        start.number = recording.getId();
        start.commit();
    }

    /// Begins to record.
    ///
    /// @param json the file to write when it is closed; an older one is replaced then
    /// @throws IllegalArgumentException if the file's name does not end in `.json`
    /// @throws IllegalStateException if this JVM has no Flight Recorder
    /// @throws IOException if the file's folder is missing or closed to us, or the disk of
    ///     temporary files is too full for a recording
    public static Trace to(Path json) throws IOException {
        return to(json, mib(RECORDED_MIB), mib(WRITTEN_MIB));
    }

    /// The same with limits.
    static Trace to(Path json, long recordedBytes, long writtenBytes) throws IOException {
        check(json);
        if (!FlightRecorder.isAvailable()) {
            throw new IllegalStateException(
                    "a trace needs Java Flight Recorder, which this JVM has not, or has switched"
                            + " off");
        }
        checkSpace(recordedBytes);
        return new Trace(json, recordedBytes, writtenBytes);
    }

    /// Writes a recording that was made otherwise, as by `-XX:StartFlightRecording` or
    /// `jcmd … JFR.dump`. By default that has only what takes long, and not all of it.
    ///
    /// @param jfr the recording
    /// @param json the file to write; an older one is replaced
    /// @throws IllegalArgumentException if the file's name does not end in `.json`
    /// @throws IOException if the one cannot be read, or the other not written
    public static void convert(Path jfr, Path json) throws IOException {
        check(json);
        write(new TraceFile(jfr, mib(WRITTEN_MIB)), json);
    }

    private static long mib(int count) {
        return (long) count << 20;
    }

    private static void check(Path json) throws IOException {
        checkArgument(
                json.toString().toLowerCase(Locale.ROOT).endsWith(".json"),
                "a trace is a .json file, and %s is not",
                json);
        var folder = json.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new IOException("there is no folder " + folder + " for the trace " + json);
        }
        if (!Files.isWritable(folder) || Files.isDirectory(json)) {
            throw new IOException("the trace " + json + " cannot be written there");
        }
    }

    /// A JVM whose recorder finds the disk full ends at once, so that had better not happen.
    private static void checkSpace(long recordedBytes) throws IOException {
        var folder = Path.of(System.getProperty("java.io.tmpdir"));
        long needed = 2 * recordedBytes + mib(32); // it is copied; parts overlap
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < needed) {
            throw new IOException(
                    "a trace may need "
                            + (needed >> 20)
                            + " MiB in "
                            + folder
                            + ", which has "
                            + (free >> 20)
                            + " left; -Djava.io.tmpdir names another folder");
        }
    }

    private static void only(Recording recording) {
        for (var type : FlightRecorder.getFlightRecorder().getEventTypes()) {
            recording.disable(type.getName());
        }
        recording.enable("jdk.DataLoss");
        for (var name : EVENTS) {
            recording.enable(name).withThreshold(Duration.ZERO).with("throttle", "off");
        }
    }

    /// Ends the recording and writes the file. Closing twice does nothing.
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        FlightRecorder.removeListener(end);
        finish(
                () -> {
                    recording.setDumpOnExit(false);
                    recording.setDestination(null);
                    recording.stop();
                    recording.dump(copy);
                });
    }

    /// Whoever ends the recording otherwise, it was copied by then.
    private void ended(Recording which) {
        if (which == recording
                && which.getState() == RecordingState.STOPPED
                && !closed.getAndSet(true)) {
            finish(() -> {});
            LOG.log(
                    System.Logger.Level.INFO,
                    "the trace {0} ends where its recording was ended",
                    json);
        }
    }

    private interface Copying {
        void run() throws IOException;
    }

    private void finish(Copying copying) {
        try (recording) {
            copying.run();
            var file = new TraceFile(copy, writtenBytes);
            file.expect(start.number, recording.getStartTime());
            write(file, json);
        } catch (IOException | RuntimeException failure) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the trace {0} was not written: {1}",
                    json,
                    failure.toString());
        } finally {
            delete(copy);
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            LOG.log(System.Logger.Level.WARNING, "{0} was left behind: {1}", file, left);
        }
    }

    private static void write(TraceFile file, Path json) throws IOException {
        var dropped = file.write(json);
        if (file.sawNothing()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "trace {0} is empty: no pipeline ran while it was recorded",
                    json);
        } else if (!dropped.isEmpty()) {
            LOG.log(System.Logger.Level.INFO, "trace {0}: {1}", json, String.join("; ", dropped));
        }
    }
}
