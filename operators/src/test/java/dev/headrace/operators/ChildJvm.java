package dev.headrace.operators;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program of the test class path in a JVM of its own: for what is one a process, and for what
/// may end one.
///
/// ```java
/// try (var child = ChildJvm.of(Main.class).flags("-Xcheck:jni").start("argument")) {
///     child.waitFor("ready");
///     child.signal("TERM");
///     assertEquals(143, child.end().status());
/// }
/// ```
public final class ChildJvm implements AutoCloseable {
    /// Only ever reached by a test that fails.
    private static final long LIMIT_SECONDS = 300;

    /// By which Python is found.
    private static final List<String> SETTINGS = List.of("headrace.home", "headrace.python");

    /// How a program ended.
    ///
    /// @param status its exit status: 128 and the signal, if it was ended by one
    /// @param out what it wrote to standard output
    /// @param err what it wrote to standard error
    public record Ended(int status, String out, String err) {
        /// All of it, for a message.
        @Override
        public String toString() {
            return "status " + status + "\n--- out\n" + out + "\n--- err\n" + err;
        }
    }

    /// What to start.
    public static final class Program {
        private final Class<?> main;
        private final List<String> flags = new ArrayList<>();
        private final Map<String, String> variables = new HashMap<>();

        private Program(Class<?> main) {
            this.main = main;
        }

        /// Adds flags of the JVM.
        public Program flags(String... more) {
            flags.addAll(List.of(more));
            return this;
        }

        /// Sets a variable of the child's environment; null removes it.
        public Program variable(String name, String value) {
            variables.put(name, value);
            return this;
        }

        /// Starts it.
        public ChildJvm start(String... arguments) throws IOException {
            var command = new ArrayList<String>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx512m"));
            for (var setting : SETTINGS) {
                if (System.getProperty(setting) != null) {
                    command.add("-D" + setting + "=" + System.getProperty(setting));
                }
            }
            command.addAll(flags);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
            command.addAll(List.of(arguments));
            var builder = new ProcessBuilder(command);
            variables.forEach(
                    (name, value) -> {
                        if (value == null) {
                            builder.environment().remove(name);
                        } else {
                            builder.environment().put(name, value);
                        }
                    });
            return new ChildJvm(builder.start());
        }

        /// Starts it, and waits for its end.
        public Ended run(String... arguments) throws IOException, InterruptedException {
            try (var child = start(arguments)) {
                return child.end();
            }
        }
    }

    private final Process process;
    private final Heard out;
    private final Heard err;

    private ChildJvm(Process process) {
        this.process = process;
        out = new Heard(process.getInputStream());
        err = new Heard(process.getErrorStream());
    }

    /// A program by its class, which has a `main`.
    public static Program of(Class<?> main) {
        return new Program(main);
    }

    /// Its number.
    public long pid() {
        return process.pid();
    }

    /// Waits until it has written a text to standard output.
    public void waitFor(String text) throws InterruptedException {
        if (!out.waitFor(text)) {
            fail("the other JVM did not say \"" + text + "\": " + out + "\n--- err\n" + err);
        }
    }

    /// Sends it a signal, such as "INT" or "KILL".
    public void signal(String name) throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
        if (kill.waitFor() != 0) {
            fail("kill -" + name + " failed");
        }
    }

    /// Waits for its end.
    public Ended end() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            fail("the other JVM does not end\n--- out\n" + out + "\n--- err\n" + err);
        }
        out.waitForEnd();
        err.waitForEnd();
        return new Ended(process.exitValue(), out.toString(), err.toString());
    }

    /// Ends it, if it still runs.
    @Override
    public void close() {
        process.destroyForcibly();
    }

    /// One of its streams, read as it comes.
    private static final class Heard {
        private final StringBuilder text = new StringBuilder();
        private boolean ended;

        Heard(InputStream stream) {
            Thread.startVirtualThread(() -> read(stream));
        }

        private void read(InputStream stream) {
            try (var reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
                var some = new char[8192];
                for (int n = reader.read(some); n >= 0; n = reader.read(some)) {
                    add(new String(some, 0, n));
                }
            } catch (IOException closed) {
                // the process has ended
            }
            synchronized (this) {
                ended = true;
                notifyAll();
            }
        }

        private synchronized void add(String more) {
            text.append(more);
            notifyAll();
        }

        synchronized boolean waitFor(String wanted) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (text.indexOf(wanted) < 0 && !ended && System.nanoTime() < end) {
                TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
            }
            return text.indexOf(wanted) >= 0;
        }

        /// Whatever it left behind may hold the stream open: then what was heard has to do.
        synchronized void waitForEnd() throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!ended && System.nanoTime() < end) {
                TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
            }
        }

        @Override
        public synchronized String toString() {
            return text.toString();
        }
    }
}
