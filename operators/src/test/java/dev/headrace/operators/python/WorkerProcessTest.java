package dev.headrace.operators.python;

import static dev.headrace.operators.python.TrialWorkers.pool;
import static dev.headrace.operators.python.TrialWorkers.run;
import static dev.headrace.operators.python.TrialWorkers.setup;
import static dev.headrace.operators.python.TrialWorkers.words;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.operators.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a worker process is asked and answers, and what is told when it ends.
@NeedsPython
@Timeout(300)
class WorkerProcessTest {
    private static final String ECHO =
            """
            import struct
            def run(words):
                return struct.pack(f"={len(words)}q", *words)
            """;

    private final BufferPool memory = new BufferPool(1 << 30, false);

    @AfterEach
    void closeMemory() {
        memory.close();
    }

    private String failure(String code, long... words) throws InterruptedException {
        return failure(setup(), code, words);
    }

    private String failure(WorkerSetup setup, String code, long... words)
            throws InterruptedException {
        try (var pool = pool(setup, 1, code, _ -> {})) {
            return assertThrows(BadBatch.class, () -> run(pool, 0, memory, words)).what();
        }
    }

    @Test
    void answersRequestsOfAnyLength() throws Exception {
        try (var pool = pool(1, ECHO)) {
            var random = new Random(3);
            for (int length : new int[] {1, 0, 2, 1_000, 1_000_000}) {
                var words = random.longs(length).toArray();
                if (length > 0) {
                    words[0] = 0; // the number of ended loans
                }
                assertEquals(
                        LongStream.of(words).boxed().toList(), words(run(pool, 0, memory, words)));
            }
        }
    }

    @Test
    void onlyTheStatedLengthOfARequestCounts() throws Exception {
        try (var pool = pool(1, ECHO);
                var turn = pool.turn(0)) {
            var bytes = TrialWorkers.bytes(0, 5, 6, 7);
            var answer = turn.run(memory.sharedMemory(), bytes, 16, new TrialWorkers.Refusing());
            assertEquals(List.of(0L, 5L), words(answer));
        }
    }

    @Test
    void aFailureIsAText() throws Exception {
        try (var pool = pool(1, "def run(words): return 'größer ' + str(words[0])")) {
            var answer = run(pool, 0, memory, 7);
            assertTrue(answer.failed());
            assertEquals("größer 7", answer.text());
        }
    }

    @Test
    void asksInTheMiddleOfARequest() throws Exception {
        var code =
                """
                def run(words):
                    text = [lender.block(3), lender.lend(1 << 40), lender.make(1, 2, "11 224 3")]
                    return "; ".join(text + [lender.seeds()])
                """;
        var questions =
                new Questions() {
                    @Override
                    public void ended(long[] loans) {
                        throw new IllegalStateException("no loans");
                    }

                    @Override
                    public String block(int output) {
                        return "block of " + output;
                    }

                    @Override
                    public String lend(long bytes) {
                        return "lent " + bytes;
                    }

                    @Override
                    public String make(int output, int sample, String spec) {
                        return "made " + output + ", " + sample + ", " + spec;
                    }

                    @Override
                    public String seeds() {
                        return "";
                    }
                };
        try (var pool = pool(1, code)) {
            assertEquals(
                    "block of 3; lent 1099511627776; made 1, 2, 11 224 3; ",
                    run(pool, 0, memory, questions).text());
        }
    }

    @Test
    void aRefusalIsAnExceptionThatTheFunctionMayCatch() throws Exception {
        var code =
                """
                def run(words):
                    try:
                        lender.lend(100)
                    except MemoryError as error:
                        return f"caught {error}"
                """;
        try (var pool = pool(1, code)) {
            assertEquals("caught no 100 bytes", run(pool, 0, memory).text());
            assertEquals("caught no 100 bytes", run(pool, 0, memory).text());
        }
    }

    @Test
    void readsAndWritesThePipelinesMemory() throws Exception {
        var code =
                """
                import ctypes
                def run(words):
                    read, write = bases
                    given = ctypes.string_at(read + words[0], 3)
                    ctypes.memmove(write + words[1], bytes(reversed(given)), 3)
                    return bytes(8)
                """;
        try (var in = memory.lend(5_000, "in", MemoryKind.SHARED);
                var out = memory.lend(5_000, "out", MemoryKind.SHARED);
                var pool = pool(2, code)) {
            long base = memory.sharedMemory().address();
            for (int worker = 0; worker < 2; worker++) {
                var bytes = new byte[] {1, 2, (byte) worker};
                var segment = MemorySegment.ofAddress(in.address()).reinterpret(3);
                segment.copyFrom(MemorySegment.ofArray(bytes));
                run(pool, worker, memory, in.address() - base, out.address() - base);
                assertArrayEquals(
                        new byte[] {(byte) worker, 2, 1},
                        MemorySegment.ofAddress(out.address())
                                .reinterpret(3)
                                .toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    void whoWritesToAnInputIsStoppedByTheProcessor() throws Exception {
        try (var in = memory.lend(5_000, "in", MemoryKind.SHARED)) {
            var code =
                    """
                    import ctypes
                    def run(words):
                        ctypes.memmove(bases[0] + words[0], b"x", 1)
                    """;
            var what = failure(code, in.address() - memory.sharedMemory().address());
            assertTrue(
                    what.startsWith(
                            "worker process 1 of f was ended by signal 11 (SIGSEGV)\n"
                                    + "Fatal Python error: Segmentation fault\n"),
                    what);
            assertTrue(what.contains("line 3 in run"), what);
        }
    }

    @Test
    void memoryThatCannotBeMappedIsTold() throws Exception {
        var code =
                """
                import resource
                resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))
                """;
        var what = failure(code);
        var start =
                "worker process 1 of f cannot read the pipeline's memory: /proc/"
                        + ProcessHandle.current().pid()
                        + "/fd/";
        assertTrue(what.startsWith(start), what);
        assertTrue(what.endsWith(" could not be mapped: [Errno 12] Cannot allocate memory"), what);
    }

    /// Notes which loans have ended.
    private static final class Ended extends TrialWorkers.Refusing {
        private final List<Long> loans = new ArrayList<>();

        @Override
        public void ended(long[] some) {
            Arrays.stream(some).forEach(loans::add);
        }

        @Override
        public String lend(long bytes) {
            return loans.toString();
        }

        List<Long> take() {
            var taken = List.copyOf(loans);
            loans.clear();
            return taken;
        }
    }

    @Test
    void tellsWhichLoansHaveEnded() throws Exception {
        var code =
                """
                from headrace import _native
                held = {}
                def run(words):
                    for word in words:
                        if word == 0:
                            return "a failure"
                        if word > 0:
                            held[word] = _native.Loan(word)
                        else:
                            held.pop(-word)
                    return bytes(8)
                """;
        var ended = new Ended();
        try (var pool = pool(1, code)) {
            assertEquals(List.of(0L), words(run(pool, 0, memory, ended, 7, 8, 9, 6)));
            assertEquals(List.of(), ended.take());
            assertEquals(List.of(0L), words(run(pool, 0, memory, ended, -9, -7)));
            assertEquals(List.of(9L, 7L), ended.take());
            assertEquals("a failure", run(pool, 0, memory, ended, -8, 0).text());
            assertEquals(List.of(8L), ended.take());
        }
    }

    @Test
    void tellsWhichLoansHaveEndedBeforeItAsks() throws Exception {
        var code =
                """
                from headrace import _native
                def run(words):
                    _native.Loan(7)
                    return lender.lend(1)
                """;
        try (var pool = pool(1, code)) {
            assertEquals("[7]", run(pool, 0, memory, new Ended()).text());
        }
    }

    @Test
    void manyLoansGoRoundInTheRing() throws Exception {
        var code =
                """
                from headrace import _native
                def run(words):
                    for number in range(1, words[0] + 1):
                        _native.Loan(number)
                    return bytes(8)
                """;
        var ended = new Ended();
        try (var pool = pool(1, code)) {
            for (int round = 0; round < 5; round++) {
                run(pool, 0, memory, ended, 30_000);
                assertEquals(LongStream.rangeClosed(1, 30_000).boxed().toList(), ended.take());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"KILL,9,SIGKILL", "TERM,15,SIGTERM", "ABRT,6,SIGABRT"})
    void aSignalIsTold(String signal, int number, String name) throws Exception {
        var code =
                """
                import os, signal
                def run(words):
                    os.kill(os.getpid(), signal.SIG%s)
                """
                        .formatted(signal);
        var what = failure(code).lines().findFirst().orElseThrow();
        assertEquals(
                "worker process 1 of f was ended by signal " + number + " (" + name + ")", what);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit(3)", "sys.exit(3)", "os._exit(3)", "raise SystemExit(3)"})
    void anExitStatusIsTold(String exit) throws Exception {
        var code = "import os, sys\ndef run(words): " + exit;
        assertEquals("worker process 1 of f exited with status 3", failure(code));
    }

    @Test
    void theEndOfStandardErrorIsTold() throws Exception {
        var code =
                """
                import os, sys
                def run(words):
                    for line in range(30):
                        print("line", line, file=sys.stderr)
                    os.write(2, b"no line break \\xff")
                    os._exit(4)
                """;
        var expected = new StringBuilder("worker process 1 of f exited with status 4");
        for (int line = 11; line < 30; line++) {
            expected.append("\nline ").append(line);
        }
        assertEquals(expected + "\nno line break \ufffd", failure(code));
        assertEquals(
                "worker process 1 of f exited with status 1\nenough of it",
                failure("def run(words): raise SystemExit('enough of it')"));
        assertEquals(
                "worker process 1 of f exited with status 1\n" + "b".repeat(808),
                failure("import sys\ndef run(words): sys.exit('a' * 5000 + 'b' * 4000)"));
    }

    @Test
    void theExceptionThatEndsAWorkerIsTold() throws Exception {
        var what = failure("def run(words): return 1 / 0");
        assertTrue(
                what.startsWith(
                        "worker process 1 of f exited with status 1\n"
                                + "Traceback (most recent call last):\n"),
                what);
        assertTrue(what.endsWith("\nZeroDivisionError: division by zero"), what);
    }

    @Test
    void aChildOfAWorkerThatEndedDelaysNothing() throws Exception {
        var note = Files.createTempFile("child", "pid");
        var code =
                """
                import os, signal, time
                def run(words):
                    child = os.fork()
                    if child == 0:
                        time.sleep(600)
                    with open("%s", "w") as note:
                        note.write(str(child))
                    os.kill(os.getpid(), signal.SIGKILL)
                """
                        .formatted(note);
        assertEquals("worker process 1 of f was ended by signal 9 (SIGKILL)", failure(code));
        TrialWorkers.signal(Long.parseLong(Files.readString(note)), "KILL"); // it still lives
        Files.delete(note);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n            while True: pass",
                " sum(range(10**14))",
                " __import__('re').match('(a+)+$', 'a' * 60 + 'b')",
                " __import__('time').sleep(600)"
            })
    void aCallThatTakesTooLongIsKilled(String loop) throws Exception {
        var code =
                """
                def run(words):
                    for sample in range(3):
                        lender.progress(sample)
                    if True:"""
                        + loop;
        assertEquals(
                "worker process 1 of f exceeded the time limit of PT1S in sample 2 and was killed",
                failure(setup(Duration.ofSeconds(1)), code));
    }

    @Test
    void aCallWithoutProgressIsKilledToo() throws Exception {
        assertEquals(
                "worker process 1 of f exceeded the time limit of PT0.5S and was killed\n"
                        + "said before",
                failure(
                        setup(Duration.ofMillis(500)),
                        """
                        import sys
                        def run(words):
                            print("said before", file=sys.stderr)
                            sum(range(10**14))
                        """));
    }

    @Test
    void theTimeLimitIsForOneSampleNotForAll() throws Exception {
        var code =
                """
                import time
                def run(words):
                    begin = time.monotonic()
                    for sample in range(40):
                        lender.progress(sample)
                        while time.monotonic() < begin + 0.1 * sample:
                            pass
                    return bytes(8)
                """;
        try (var pool = pool(setup(Duration.ofSeconds(3)), 1, code, _ -> {})) {
            assertEquals(List.of(0L), words(run(pool, 0, memory)));
        }
    }

    @Test
    void withoutATimeLimitProgressIsNoMatter() throws Exception {
        try (var pool = pool(1, "def run(words): lender.progress(0); return bytes(8)")) {
            assertEquals(List.of(0L), words(run(pool, 0, memory)));
        }
    }

    @Test
    void noMoreMemoryIsAnExceptionAndTheWorkerGoesOn() throws Exception {
        var code =
                """
                import resource
                def run(words):
                    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.RLIM_INFINITY))
                    try:
                        return str(len(bytes(1 << 31)))
                    except MemoryError:
                        return "no memory"
                """;
        try (var pool = pool(1, code)) {
            assertEquals("no memory", run(pool, 0, memory).text());
            assertEquals("no memory", run(pool, 0, memory).text());
        }
    }

    /// What is printed while something runs.
    private static List<String> printed(boolean error, Action action) throws Exception {
        var before = error ? System.err : System.out;
        var bytes = new ByteArrayOutputStream();
        var to = new PrintStream(bytes, true, UTF_8);
        if (error) {
            System.setErr(to);
        } else {
            System.setOut(to);
        }
        try {
            action.run();
        } finally {
            if (error) {
                System.setErr(before);
            } else {
                System.setOut(before);
            }
        }
        return bytes.toString(UTF_8).lines().toList();
    }

    private interface Action {
        void run() throws Exception;
    }

    @Test
    void whatIsPrintedComesLineByLineWithTheNodesName() throws Exception {
        var code =
                """
                import os, sys
                def run(words):
                    print("one", "two")
                    print("grün\\nthree   ")
                    print("on standard error", file=sys.stderr)
                    os.write(1, b"x" * 10000 + b"\\n")
                    print("no line break", end="")
                    return bytes(8)
                """;
        Action calls =
                () -> {
                    try (var pool = pool(1, code)) {
                        run(pool, 0, memory);
                    }
                };
        assertEquals(
                List.of(
                        "[node] one two",
                        "[node] grün",
                        "[node] three",
                        "[node] " + "x".repeat(8192),
                        "[node] " + "x".repeat(10000 - 8192),
                        "[node] no line break"),
                printed(false, calls));
        assertEquals(List.of("[node] on standard error"), printed(true, calls));
    }

    @Test
    void whatWasPrintedInACallIsNotLostInTheNext() throws Exception {
        var code =
                """
                import os, signal
                def run(words):
                    if words[0]:
                        os.kill(os.getpid(), signal.SIGKILL)
                    print("no line break", end="")
                    return bytes(8)
                """;
        Action calls =
                () -> {
                    try (var pool = pool(1, code)) {
                        run(pool, 0, memory, 0);
                        assertThrows(BadBatch.class, () -> run(pool, 0, memory, 1));
                    }
                };
        assertEquals(List.of("[node] no line break"), printed(false, calls));
    }

    /// Answers nothing, and tells that it was asked.
    private static final class Asked extends TrialWorkers.Refusing {
        final CountDownLatch begun = new CountDownLatch(1);

        @Override
        public String block(int output) {
            begun.countDown();
            return "";
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"while True: lender.block(0)", "while not hung_up(): pass"})
    void aCloseInTheMiddleOfACallPrintsNothing(String loop) throws Exception {
        var code =
                """
                import gc, select, socket
                def hung_up():
                    channel = next(o for o in gc.get_objects() if isinstance(o, socket.socket))
                    return select.select([channel], [], [])
                def run(words):
                    lender.block(0)
                    %s
                    return bytes(8)
                """
                        .formatted(loop);
        Action closed =
                () -> {
                    var pool = pool(1, code);
                    var asked = new Asked();
                    var caller = new FutureTask<>(() -> run(pool, 0, memory, asked));
                    Thread.startVirtualThread(caller);
                    asked.begun.await();
                    pool.close();
                    assertInstanceOf(
                            BadBatch.class,
                            assertThrows(ExecutionException.class, caller::get).getCause());
                };
        assertEquals(List.of(), printed(true, closed));
    }

    @Test
    void standardInputIsEmpty() throws Exception {
        try (var pool = pool(1, "import sys\ndef run(words): return repr(sys.stdin.read())")) {
            assertEquals("''", run(pool, 0, memory).text());
        }
    }

    @Test
    void theProgramsArgumentsAreNoneOfTheFunctions() throws Exception {
        try (var pool = pool(1, "import sys\ndef run(words): return str(len(sys.argv))")) {
            assertEquals("1", run(pool, 0, memory).text());
        }
    }

    @Test
    void anInterruptFromTheKeyboardIsIgnored() throws Exception {
        try (var pool = pool(1, "import os\ndef run(words): return str(os.getpid())")) {
            var pid = run(pool, 0, memory).text();
            TrialWorkers.signal(Long.parseLong(pid), "INT");
            assertEquals(pid, run(pool, 0, memory).text());
        }
    }

    @Test
    void whatCannotBeStartedIsTold(@TempDir Path folder) throws Exception {
        var none = new WorkerSetup(Path.of("/no/python"), "", "node", "f", Optional.empty());
        var what = assertThrows(BadBatch.class, () -> WorkerProcess.start(none, 2)).what();
        assertTrue(
                what.startsWith(
                        "worker process 2 of f could not be started: Cannot run program"
                                + " \"/no/python\""),
                what);
        var python =
                Files.writeString(folder.resolve("python"), "#!/bin/sh\necho no >&2; exit 1\n");
        assertTrue(python.toFile().setExecutable(true));
        var without = new WorkerSetup(python, "", "node", "f", Optional.empty());
        what = assertThrows(BadBatch.class, () -> WorkerProcess.start(without, 1)).what();
        assertEquals("worker process 1 of f exited with status 1\nno", what);
    }

    @Test
    void aLongTemporaryFolderIsNoHindrance() throws Exception {
        var before = System.getProperty("java.io.tmpdir");
        var folder = Files.createDirectories(Path.of(before, "headrace-long-" + "x".repeat(100)));
        // the JDK looks once at the property, so a child is needed to see another folder
        try {
            var ended = ChildJvm.of(Starts.class).flags("-Djava.io.tmpdir=" + folder).run();
            assertEquals("0\n", ended.out(), ended.toString());
        } finally {
            Files.delete(folder);
        }
        assertFalse(Files.exists(folder));
    }

    static final class Starts {
        public static void main(String[] args) throws Exception {
            try (var memory = new BufferPool(1 << 20, false);
                    var pool = pool(1, ECHO)) {
                System.out.println(words(run(pool, 0, memory, 0)).getFirst());
            }
        }
    }
}
