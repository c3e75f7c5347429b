package dev.headrace.operators.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.SharedMemory;
import dev.headrace.operators.python.Frames.Kind;
import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A Python process that runs one node's function: the program is `headrace/_worker.py`.
///
/// It ends when this one does, whatever it is doing, since the kernel kills it once the other end
/// of its standard input is gone. One request at a time; closing is safe from any thread.
final class WorkerProcess implements AutoCloseable {
    /// What a process says to a request.
    ///
    /// @param body the words of a response, or the text of a failure
    record Answer(boolean failed, byte[] body) {
        /// Of a failure.
        String text() {
            return new String(body, UTF_8);
        }
    }

    private static final int LONGEST_FOLDER = 90; // a socket's address has 107 bytes
    private static final Duration END = Duration.ofSeconds(5);
    private static final Duration LEAVE = Duration.ofSeconds(2);
    private static final Map<Integer, String> SIGNALS =
            Map.ofEntries(
                    Map.entry(1, "SIGHUP"),
                    Map.entry(2, "SIGINT"),
                    Map.entry(3, "SIGQUIT"),
                    Map.entry(4, "SIGILL"),
                    Map.entry(5, "SIGTRAP"),
                    Map.entry(6, "SIGABRT"),
                    Map.entry(7, "SIGBUS"),
                    Map.entry(8, "SIGFPE"),
                    Map.entry(9, "SIGKILL"),
                    Map.entry(11, "SIGSEGV"),
                    Map.entry(13, "SIGPIPE"),
                    Map.entry(14, "SIGALRM"),
                    Map.entry(15, "SIGTERM"),
                    Map.entry(24, "SIGXCPU"),
                    Map.entry(25, "SIGXFSZ"));

    private final WorkerSetup setup;
    private final int number;
    private final Process process;
    private final Frames frames;
    private final WorkerOutput out;
    private final WorkerOutput err;
    private boolean mapped;

    private WorkerProcess(
            WorkerSetup setup,
            int number,
            Process process,
            Frames frames,
            WorkerOutput out,
            WorkerOutput err) {
        this.setup = setup;
        this.number = number;
        this.process = process;
        this.frames = frames;
        this.out = out;
        this.err = err;
    }

    /// Starts a process and waits until it has called back.
    ///
    /// @param number among those of the node, from 1
    /// @throws BadBatch if it cannot be started, or ends at once
    static WorkerProcess start(WorkerSetup setup, int number) throws InterruptedException {
        try {
            var folder = temporaryFolder();
            var socket = folder.resolve("worker");
            try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(UnixDomainSocketAddress.of(socket));
                return connect(setup, number, socket, server);
            } finally { // the process does the same, if it lives
                Files.deleteIfExists(socket);
                Files.deleteIfExists(folder);
            }
        } catch (IOException failure) {
            throw new BadBatch(
                    name(setup, number) + " could not be started: " + failure.getMessage(),
                    failure);
        }
    }

    private static Path temporaryFolder() throws IOException {
        var prefix = "headrace-" + ProcessHandle.current().pid() + "-";
        var folder = Files.createTempDirectory(prefix);
        if (folder.toString().getBytes(UTF_8).length <= LONGEST_FOLDER) {
            return folder;
        }
        Files.delete(folder);
        return Files.createTempDirectory(Path.of("/tmp"), prefix);
    }

    private static WorkerProcess connect(
            WorkerSetup setup, int number, Path socket, ServerSocketChannel server)
            throws IOException, InterruptedException {
        var process = launch(setup, socket);
        var name = name(setup, number);
        var out =
                new WorkerOutput(
                        setup.node(), name + " out", process.getInputStream(), () -> System.out);
        var err =
                new WorkerOutput(
                        setup.node(), name + " err", process.getErrorStream(), () -> System.err);
        process.onExit().thenRun(() -> hangUp(server)); // it will not call back
        try {
            var channel = server.accept();
            process.onExit().thenRun(() -> hangUp(channel)); // a child of it may hold the other end
            return new WorkerProcess(setup, number, process, new Frames(channel), out, err);
        } catch (ClosedByInterruptException stopped) {
            kill(process);
            Thread.interrupted();
            throw new InterruptedException();
        } catch (IOException ended) {
            kill(process);
            out.end();
            throw new BadBatch(name + " " + end(process) + err.end());
        }
    }

    private static Process launch(WorkerSetup setup, Path socket) throws IOException {
        var builder =
                new ProcessBuilder(
                        setup.python().toString(),
                        "-P", // as in this process, the working directory is no place for modules
                        "-X",
                        "faulthandler", // so that a crash says where
                        "-m",
                        "headrace._worker",
                        socket.toString());
        builder.environment()
                .merge("PYTHONPATH", setup.path(), (old, path) -> path + File.pathSeparator + old);
        return builder.start();
    }

    private static void hangUp(AutoCloseable connection) {
        try {
            connection.close();
        } catch (Exception failure) {
            throw new IllegalStateException("a socket could not be closed", failure);
        }
    }

    private static String name(WorkerSetup setup, int number) {
        return "worker process " + number + " of " + setup.function();
    }

    @Override
    public String toString() {
        return name(setup, number);
    }

    /// Its number in the system.
    long pid() {
        return process.pid();
    }

    /// Whether it still runs.
    boolean isAlive() {
        return process.isAlive();
    }

    /// Loads the function.
    ///
    /// @param config as `open_node` of `headrace/_trampoline.py` takes it
    /// @throws BadBatch if the process ends meanwhile; it is gone then
    Answer open(String config) throws InterruptedException {
        var body = config.getBytes(UTF_8);
        return ask(Kind.OPEN, body, body.length, null);
    }

    /// Works on a request.
    ///
    /// @param memory where its inputs and results lie
    /// @param words the request, in native byte order
    /// @param length how many bytes of it count
    /// @throws BadBatch if the process ends meanwhile, or exceeds the time limit; it is gone then
    Answer run(SharedMemory memory, byte[] words, int length, Questions questions)
            throws InterruptedException {
        if (!mapped) {
            map(memory);
        }
        if (setup.timeLimit().isEmpty()) {
            return ask(Kind.RUN, words, length, questions);
        }
        try (var limit = new TimeLimit(setup.timeLimit().get(), process)) {
            return ask(Kind.RUN, words, length, questions, limit);
        }
    }

    private void map(SharedMemory memory) throws InterruptedException {
        var what =
                "/proc/%s/fd/%s %s"
                        .formatted(
                                ProcessHandle.current().pid(), memory.descriptor(), memory.bytes());
        var body = what.getBytes(UTF_8);
        var answer = ask(Kind.MAP, body, body.length, null);
        if (answer.failed()) {
            close();
            throw new BadBatch(this + " cannot read the pipeline's memory: " + answer.text());
        }
        mapped = true;
    }

    private Answer ask(Kind kind, byte[] body, int length, Questions questions)
            throws InterruptedException {
        return ask(kind, body, length, questions, null);
    }

    private Answer ask(Kind kind, byte[] body, int length, Questions questions, TimeLimit limit)
            throws InterruptedException {
        try {
            frames.send(kind, body, length);
            while (true) {
                var frame = frames.receive();
                switch (frame.kind()) {
                    case DONE -> {
                        return new Answer(false, frame.body());
                    }
                    case FAILED -> {
                        return new Answer(true, frame.body());
                    }
                    case QUESTION -> answer(questions, new String(frame.body(), UTF_8));
                    case PROGRESS -> {
                        if (limit != null) {
                            limit.begins(
                                    ByteBuffer.wrap(frame.body())
                                            .order(ByteOrder.nativeOrder())
                                            .getLong());
                        }
                    }
                    case ENDED -> questions.ended(numbers(frame.body()));
                    case OPEN, MAP, RUN, GIVEN, REFUSED ->
                            throw new IOException("a frame out of turn: " + frame.kind());
                }
            }
        } catch (ClosedByInterruptException stopped) {
            kill(process);
            Thread.interrupted();
            throw new InterruptedException();
        } catch (IOException ended) {
            throw new BadBatch(this + " " + endNow(limit));
        } catch (Throwable failure) {
            kill(process);
            throw failure;
        }
    }

    private static long[] numbers(byte[] body) {
        var numbers = new long[body.length / Long.BYTES];
        ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()).asLongBuffer().get(numbers);
        return numbers;
    }

    private void answer(Questions questions, String question) throws IOException {
        Kind kind;
        byte[] answer;
        try {
            answer = questions.answer(question).getBytes(UTF_8);
            kind = Kind.GIVEN;
        } catch (RuntimeException refusal) {
            answer = String.valueOf(refusal.getMessage()).getBytes(UTF_8);
            kind = Kind.REFUSED;
        }
        frames.send(kind, answer, answer.length);
    }

    /// How the process ended, which does not answer any more, and what it said last.
    private String endNow(TimeLimit limit) throws InterruptedException {
        hangUp(frames);
        boolean alone = awaitEnd(END);
        if (!alone) {
            kill(process);
        }
        out.end();
        var how =
                limit != null && limit.exceeded()
                        ? limit.toString()
                        : alone ? end(process) : "hung up and was killed";
        return how + err.end();
    }

    private boolean awaitEnd(Duration most) throws InterruptedException {
        try {
            return process.waitFor(most);
        } catch (InterruptedException stopped) {
            kill(process);
            throw stopped;
        }
    }

    /// Java tells a signal as a status above 128, as shells do.
    private static String end(Process process) {
        int status = process.exitValue();
        int signal = status - 128;
        return signal > 0 && signal <= 64
                ? "was ended by signal "
                        + signal
                        + (SIGNALS.containsKey(signal) ? " (" + SIGNALS.get(signal) + ")" : "")
                : "exited with status " + status;
    }

    /// How it ended by itself, with what it said last.
    String end() throws InterruptedException {
        return endNow(null);
    }

    private static void kill(Process process) {
        process.toHandle().destroyForcibly(); // the process itself would close what it has printed
        boolean interrupted = Thread.interrupted();
        try {
            process.waitFor(END);
        } catch (InterruptedException again) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends processes: each is told, and killed if it does not leave soon.
    static void closeAll(List<WorkerProcess> processes) {
        processes.forEach(each -> hangUp(each.frames));
        long until = System.nanoTime() + LEAVE.toNanos();
        for (var each : processes) {
            try {
                if (!each.process.waitFor(Duration.ofNanos(until - System.nanoTime()))) {
                    kill(each.process);
                }
                each.out.end();
                each.err.end();
            } catch (InterruptedException hurry) {
                kill(each.process);
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Ends it. Closing twice does nothing.
    @Override
    public void close() {
        closeAll(List.of(this));
    }
}
