package dev.headrace.operators.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.headrace.engine.memory.BufferPool;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/// Worker processes whose function is a text: `run(words)`, see `src/test/python/worker`.
final class TrialWorkers {
    private static final Path FAKE = Path.of("src/test/python/worker").toAbsolutePath();

    /// Only ever reached by a test that fails.
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(120);

    private TrialWorkers() {}

    /// The node is `node`, the function `f`.
    static WorkerSetup setup(Duration timeLimit) {
        return new WorkerSetup(
                PythonEnvironment.forWorkers().executable(),
                FAKE + File.pathSeparator + PythonSources.folder(),
                "node",
                "f",
                Optional.ofNullable(timeLimit));
    }

    static WorkerSetup setup() {
        return setup(null);
    }

    static WorkerPool pool(WorkerSetup setup, int count, String code, IntConsumer ended)
            throws InterruptedException {
        return WorkerPool.start(setup, count, code, IllegalArgumentException::new, ended);
    }

    static WorkerPool pool(int count, String code) throws InterruptedException {
        return pool(setup(), count, code, _ -> {});
    }

    /// Works on a request that needs no answers.
    static WorkerProcess.Answer run(WorkerPool pool, int worker, BufferPool memory, long... words)
            throws InterruptedException {
        return run(pool, worker, memory, new Refusing(), words);
    }

    static WorkerProcess.Answer run(
            WorkerPool pool, int worker, BufferPool memory, Questions questions, long... words)
            throws InterruptedException {
        var bytes = bytes(words);
        try (var turn = pool.turn(worker)) {
            return turn.run(memory.sharedMemory(), bytes, bytes.length, questions);
        }
    }

    static byte[] bytes(long... words) {
        var bytes = ByteBuffer.allocate(words.length * 8).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(words);
        return bytes.array();
    }

    static List<Long> words(WorkerProcess.Answer answer) {
        if (answer.failed()) {
            throw new AssertionError(answer.text());
        }
        var words = new long[answer.body().length / 8];
        ByteBuffer.wrap(answer.body()).order(ByteOrder.nativeOrder()).asLongBuffer().get(words);
        return Arrays.stream(words).boxed().toList();
    }

    /// Whether a process is there and does something: one that has ended may wait to be asked how.
    static boolean runs(long pid) {
        try {
            var state = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return !state.substring(state.lastIndexOf(')') + 2).startsWith("Z");
        } catch (IOException gone) {
            return false;
        }
    }

    /// Waits until a process is gone.
    static void awaitEnd(long pid) {
        long until = System.nanoTime() + LIMIT_NANOS;
        while (runs(pid)) {
            if (System.nanoTime() > until) {
                throw new AssertionError("process " + pid + " still runs");
            }
            Thread.yield();
        }
    }

    /// The folders of sockets that a JVM has left.
    static List<Path> folders(long pid) throws IOException {
        var folders = new ArrayList<Path>();
        var parent = Path.of(System.getProperty("java.io.tmpdir"));
        try (var all = Files.newDirectoryStream(parent, "headrace-" + pid + "-*")) {
            all.forEach(folders::add);
        }
        return folders;
    }

    /// Refuses all questions.
    static class Refusing implements Questions {
        @Override
        public void ended(long[] loans) {
            throw new IllegalStateException("no loans");
        }

        @Override
        public String block(int output) {
            throw new IllegalStateException("no block " + output);
        }

        @Override
        public String lend(long bytes) {
            throw new IllegalStateException("no " + bytes + " bytes");
        }

        @Override
        public String make(int output, int sample, String spec) {
            throw new IllegalStateException("no " + output + ", " + sample + ", " + spec);
        }

        @Override
        public String seeds() {
            throw new IllegalStateException("no seeds");
        }
    }

    /// Sends a signal.
    static void signal(long pid, String name) throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        if (kill.waitFor() != 0) {
            throw new AssertionError(new String(kill.getErrorStream().readAllBytes(), UTF_8));
        }
    }
}
