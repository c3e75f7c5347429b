package dev.headrace.operators.python;

import static dev.headrace.operators.python.TrialWorkers.awaitEnd;
import static dev.headrace.operators.python.TrialWorkers.pool;
import static dev.headrace.operators.python.TrialWorkers.run;
import static dev.headrace.operators.python.TrialWorkers.runs;
import static dev.headrace.operators.python.TrialWorkers.setup;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.operators.ChildJvm;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Worker processes begin together, are replaced one by one, and leave nothing behind.
@NeedsPython
@Timeout(300)
class WorkerPoolTest {
    /// Tells its process, or does what it is told.
    private static final String CODE =
            """
            import os, signal
            calls = 0
            def run(words):
                global calls
                calls += 1
                if words == [1]:
                    os.kill(os.getpid(), signal.SIGKILL)
                if words == [2]:
                    lender.block(0)
                    sum(range(10**14))
                return f"{os.getpid()} {calls}"
            """;

    private final BufferPool memory = new BufferPool(1 << 30, false);
    private final List<Integer> ended = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void closeMemory() throws Exception {
        memory.close();
        assertEquals(List.of(), TrialWorkers.folders(ProcessHandle.current().pid()));
    }

    private static long pid(WorkerProcess.Answer answer) {
        return Long.parseLong(answer.text().split(" ")[0]);
    }

    private static int calls(WorkerProcess.Answer answer) {
        return Integer.parseInt(answer.text().split(" ")[1]);
    }

    @Test
    void eachProcessHasAStateOfItsOwn() throws Exception {
        try (var pool = pool(3, CODE)) {
            assertEquals(3, pool.size());
            var first = run(pool, 0, memory);
            var second = run(pool, 1, memory);
            assertNotEquals(pid(first), pid(second));
            assertEquals(1, calls(second));
            assertEquals(2, calls(run(pool, 0, memory)));
            assertEquals(1, calls(run(pool, 2, memory)));
        }
    }

    @Test
    void oneThatDiesIsReplacedAndToldOnce() throws Exception {
        try (var pool = pool(setup(), 2, CODE, ended::add)) {
            long before = pid(run(pool, 1, memory));
            long other = pid(run(pool, 0, memory));
            var failure = assertThrows(BadBatch.class, () -> run(pool, 1, memory, 1));
            assertEquals("worker process 2 of f was ended by signal 9 (SIGKILL)", failure.what());
            assertEquals(List.of(1), ended);
            var after = run(pool, 1, memory);
            assertNotEquals(before, pid(after));
            assertEquals(1, calls(after));
            assertEquals(other, pid(run(pool, 0, memory)));
            assertEquals(List.of(1), ended);
        }
        assertEquals(List.of(1, 0, 1), ended);
    }

    @Test
    void oneThatDiesBetweenCallsIsReplacedWithoutAFailure() throws Exception {
        try (var pool = pool(setup(), 1, CODE, ended::add)) {
            long before = pid(run(pool, 0, memory));
            TrialWorkers.signal(before, "KILL");
            awaitEnd(before);
            // it may still be asked, where this process has not been told yet
            WorkerProcess.Answer after;
            try {
                after = run(pool, 0, memory);
            } catch (BadBatch notYet) {
                after = run(pool, 0, memory);
            }
            assertNotEquals(before, pid(after));
            assertEquals(List.of(0), ended);
        }
    }

    @Test
    void whatIsLentInATurnThatHasBegunIsNotEndedByTheProcessBefore() throws Exception {
        try (var pool = pool(setup(), 1, CODE, ended::add)) {
            var first = pool.turn(0);
            var second = pool.turn(0);
            var kill = TrialWorkers.bytes(1);
            var refusing = new TrialWorkers.Refusing();
            try (first) {
                assertThrows(
                        BadBatch.class,
                        () -> first.run(memory.sharedMemory(), kill, kill.length, refusing));
            }
            assertEquals(List.of(0), ended);
            ended.clear();
            try (second) {
                second.begin();
                var answer = second.run(memory.sharedMemory(), new byte[0], 0, refusing);
                assertEquals(1, calls(answer));
            }
            assertEquals(List.of(), ended);
        }
    }

    @Test
    void turnsComeInTheOrderInWhichTheyWereAskedFor() throws Exception {
        try (var pool = pool(1, CODE)) {
            var turns = new ArrayList<WorkerPool.Turn>();
            for (int i = 0; i < 20; i++) {
                turns.add(pool.turn(0));
            }
            var answers = Collections.synchronizedList(new ArrayList<Integer>());
            var threads = new ArrayList<Thread>();
            for (int i = 19; i >= 0; i--) {
                int its = i;
                threads.add(
                        Thread.startVirtualThread(
                                () -> {
                                    try (var turn = turns.get(its)) {
                                        if (its % 5 == 4) {
                                            return; // a turn may be let go unused
                                        }
                                        var answer =
                                                turn.run(
                                                        memory.sharedMemory(),
                                                        new byte[0],
                                                        0,
                                                        new TrialWorkers.Refusing());
                                        answers.add(100 * its + calls(answer));
                                    } catch (InterruptedException never) {
                                        throw new AssertionError(never);
                                    }
                                }));
            }
            for (var thread : threads) {
                thread.join();
            }
            var expected = new ArrayList<Integer>();
            for (int i = 0; i < 20; i++) {
                if (i % 5 != 4) {
                    expected.add(100 * i + expected.size() + 1);
                }
            }
            assertEquals(expected, answers.stream().sorted().toList());
        }
    }

    @Test
    void aFunctionThatCannotBeLoadedIsTold() {
        var refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> pool(3, "refuse augment.py has no f"));
        assertEquals("augment.py has no f", refusal.getMessage());
        var death = assertThrows(BadBatch.class, () -> pool(3, "import os; os._exit(7)"));
        assertEquals("worker process 1 of f exited with status 7", death.what());
        assertEquals(0, workers());
    }

    /// How many worker processes this JVM has.
    private static long workers() {
        return ProcessHandle.current()
                .children()
                .filter(each -> each.info().commandLine().orElse("").contains("headrace._worker"))
                .count();
    }

    @Test
    void oneThatFailsToStartLeavesNoOther() throws Exception {
        var folder = Files.createTempDirectory("pids");
        var code =
                """
                import os
                pid = str(os.getpid())
                open(os.path.join("%s", pid), "x").close()
                if len(os.listdir("%s")) == 3:
                    os._exit(7)
                """
                        .formatted(folder, folder);
        try {
            var death = assertThrows(BadBatch.class, () -> pool(3, code));
            assertTrue(
                    death.what().matches("worker process [123] of f exited with status 7"),
                    death.what());
        } finally {
            try (var pids = Files.list(folder)) {
                for (var pid : pids.toList()) {
                    assertFalse(runs(Long.parseLong(pid.getFileName().toString())));
                    Files.delete(pid);
                }
            }
            Files.delete(folder);
        }
    }

    /// A call that does not return, on a thread of its own.
    private final class Stuck {
        final CountDownLatch begun = new CountDownLatch(1);
        final AtomicReference<Exception> end = new AtomicReference<>();
        final Thread thread;

        Stuck(WorkerPool pool) {
            var questions =
                    new TrialWorkers.Refusing() {
                        @Override
                        public String block(int output) {
                            begun.countDown();
                            return "";
                        }
                    };
            thread =
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    run(pool, 0, memory, questions, 2);
                                } catch (Exception failure) {
                                    end.set(failure);
                                }
                            });
        }
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        try (var pool = pool(setup(), 1, CODE, ended::add)) {
            long before = pid(run(pool, 0, memory));
            var stuck = new Stuck(pool);
            stuck.begun.await();
            stuck.thread.interrupt();
            stuck.thread.join();
            assertEquals(InterruptedException.class, stuck.end.get().getClass());
            assertFalse(runs(before));
            assertEquals(List.of(0), ended);
            assertEquals(1, calls(run(pool, 0, memory)));
        }
    }

    @Test
    void closingKillsWhatDoesNotEnd() throws Exception {
        var pool = pool(setup(), 2, CODE, ended::add);
        long first = pid(run(pool, 0, memory));
        long second = pid(run(pool, 1, memory));
        var stuck = new Stuck(pool);
        stuck.begun.await();
        pool.close();
        stuck.thread.join();
        assertEquals(BadBatch.class, stuck.end.get().getClass());
        // asked for and waited for, so not even their exit statuses are left
        assertFalse(Files.exists(Path.of("/proc/" + first)));
        assertFalse(Files.exists(Path.of("/proc/" + second)));
        assertEquals(List.of(0, 1), ended.stream().sorted().toList());
        var late = assertThrows(IllegalStateException.class, () -> run(pool, 0, memory));
        assertEquals(
                "worker process 1 of f was wanted after its pipeline's close", late.getMessage());
        pool.close();
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }

    @Test
    void closingLeavesNoFileOpen() throws Exception {
        pool(2, CODE).close(); // what the JVM opens once
        int before = openFiles();
        for (int i = 0; i < 5; i++) {
            try (var pool = pool(2, CODE)) {
                run(pool, 0, memory);
                assertThrows(BadBatch.class, () -> run(pool, 1, memory, 1));
            }
        }
        memory.close(); // which was mapped meanwhile
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (openFiles() > before && System.nanoTime() < until) {
            Thread.yield(); // the JVM closes a process's streams on a thread of its own
        }
        assertTrue(openFiles() <= before, "open before: " + before + ", after: " + openFiles());
    }

    /// Does not end when it is told to.
    private static final String STAYS =
            """
            import os, sys, threading
            def run(words):
                threading.Thread(target=threading.Event().wait).start()
                return sys.exit(3) if words else f"{os.getpid()} 1"
            """;

    @Test
    void oneThatHangsUpAndStaysIsKilledAndReplaced() throws Exception {
        try (var pool = pool(setup(), 1, STAYS, ended::add)) {
            var failure = assertThrows(BadBatch.class, () -> run(pool, 0, memory, 1));
            assertEquals("worker process 1 of f hung up and was killed", failure.what());
            assertEquals(0, workers());
            assertEquals(List.of(0), ended);
        }
    }

    @Test
    void closingKillsOneThatStays() throws Exception {
        var pool = pool(1, STAYS);
        long pid = pid(run(pool, 0, memory));
        pool.close();
        assertFalse(Files.exists(Path.of("/proc/" + pid)));
    }

    @Test
    void closingLetsAFunctionCleanUp() throws Exception {
        var file = Files.createTempFile("cleaned", "up");
        var code =
                """
                import atexit
                atexit.register(lambda: open("%s", "w").write("done"))
                """
                        .formatted(file);
        pool(1, code).close();
        assertEquals("done", Files.readString(file));
        Files.delete(file);
    }

    /// Has two workers, one of which calls what never returns, and waits.
    static final class Host {
        public static void main(String[] args) throws Exception {
            var memory = new BufferPool(1 << 30, false);
            memory.lend(1 << 20, "input", MemoryKind.SHARED);
            var pool = pool(2, CODE);
            System.out.println("idle " + pid(run(pool, 1, memory)));
            System.out.println("busy " + pid(run(pool, 0, memory)));
            if (args.length > 0) {
                System.out.println("ready");
                return; // without a close
            }
            var questions =
                    new TrialWorkers.Refusing() {
                        @Override
                        public String block(int output) {
                            System.out.println("ready");
                            return "";
                        }
                    };
            run(pool, 0, memory, questions, 2);
        }
    }

    private static List<Long> pids(String out) {
        return out.lines()
                .filter(line -> line.startsWith("idle ") || line.startsWith("busy "))
                .map(line -> Long.parseLong(line.substring(5)))
                .toList();
    }

    @Test
    void noWorkerOutlivesAJvmThatIsKilled() throws Exception {
        for (var signal : List.of("KILL", "TERM")) {
            try (var child = ChildJvm.of(Host.class).start()) {
                child.waitFor("ready");
                child.signal(signal);
                var pids = pids(child.end().out());
                assertEquals(2, pids.size());
                pids.forEach(TrialWorkers::awaitEnd);
                assertEquals(List.of(), TrialWorkers.folders(child.pid()));
            }
        }
    }

    @Test
    void aJvmEndsThoughItsWorkersWereNotClosed() throws Exception {
        var end = ChildJvm.of(Host.class).run("leave");
        assertEquals(0, end.status(), end.toString());
        var pids = pids(end.out());
        assertEquals(2, pids.size());
        pids.forEach(TrialWorkers::awaitEnd);
    }
}
