package dev.headrace.operators.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/// What a worker process prints: passed on line by line, with the node's name before each; its last
/// lines are kept for messages.
final class WorkerOutput {
    /// Longer lines are broken into pieces of so many bytes: {@value}.
    private static final int LONGEST_LINE = 1 << 13;

    private static final int MOST_LINES = 20;
    private static final int MOST_CHARACTERS = 1 << 12;

    /// How long the rest is waited for once the process has ended. A child of it may hold the
    /// stream open, and what that prints is no longer ours.
    private static final Duration REST = Duration.ofSeconds(1);

    private final String prefix;
    private final Supplier<PrintStream> target;
    private final ArrayDeque<String> last = new ArrayDeque<>(); // guarded by this
    private final Thread reader;
    private int characters; // guarded by this

    /// Begins to read.
    ///
    /// @param target asked for each line, since a program may change its standard output
    WorkerOutput(String node, String thread, InputStream stream, Supplier<PrintStream> target) {
        this.prefix = "[" + node + "] ";
        this.target = target;
        reader = Thread.ofPlatform().daemon().name(thread).start(() -> read(stream));
    }

    private void read(InputStream stream) {
        var line = new ByteArrayOutputStream();
        try (stream) {
            for (int next = stream.read(); next >= 0; next = stream.read()) {
                if (next != '\n') {
                    line.write(next);
                }
                if (next == '\n' || line.size() == LONGEST_LINE) {
                    pass(line);
                }
            }
        } catch (IOException closed) {
            // the process has ended
        }
        if (line.size() > 0) {
            pass(line);
        }
    }

    private void pass(ByteArrayOutputStream bytes) {
        var line = bytes.toString(UTF_8).stripTrailing();
        bytes.reset();
        target.get().println(prefix + line);
        keep(line);
    }

    private synchronized void keep(String line) {
        var end = line.substring(Math.max(0, line.length() - MOST_CHARACTERS));
        last.add(end);
        characters += end.length();
        while (last.size() > MOST_LINES || characters > MOST_CHARACTERS) {
            characters -= last.remove().length();
        }
    }

    /// The last lines, each behind a line break, once the process has ended.
    String end() throws InterruptedException {
        reader.join(REST);
        synchronized (this) {
            return last.isEmpty() ? "" : "\n" + String.join("\n", last);
        }
    }
}
