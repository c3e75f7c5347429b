package dev.headrace.operators.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.read.ReadAhead.Opening;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ReadAheadTest {
    @TempDir Path folder;

    private final ReadAhead ahead = new ReadAhead();

    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(folder.resolve("class"));
        Files.write(folder.resolve("class/a.png"), new byte[] {1});
        var files = new LinuxFile();
        int descriptor = opening("class/a.png").open(files);
        assumeTrue(files.isInMemory(descriptor), "this file system cannot say");
        LinuxFile.close(descriptor);
    }

    private Opening opening(String name) {
        var beginning = (folder + "/").getBytes(StandardCharsets.UTF_8);
        var text = name.getBytes(StandardCharsets.UTF_8);
        return files -> files.open(beginning, text, 0, text.length);
    }

    private void look(String name, int times) {
        for (int i = 0; i < times; i++) {
            assertTrue(ahead.isDue());
            ahead.look(opening(name));
        }
    }

    @Test
    void looksNowAndThenOnceManyFilesRunningWereInMemory() {
        look("class/a.png", ReadAhead.ENOUGH);
        for (int round = 0; round < 2; round++) {
            for (int i = 1; i < ReadAhead.NOW_AND_THEN; i++) {
                assertFalse(ahead.isDue());
            }
            look("class/a.png", 1);
        }
    }

    @Test
    void looksOnAfterOneThatWasNot() {
        look("class/a.png", ReadAhead.ENOUGH - 1);
        look("class", 1); // a folder, which cannot be read at once, nor at all
        look("missing", 1); // says nothing
        look("class/a.png", ReadAhead.ENOUGH);
        assertFalse(ahead.isDue());
    }

    @Test
    void aFileThatOpensSlowlyKeepsNobodyElseWaiting() throws InterruptedException {
        var begun = new CountDownLatch(1);
        var opened = new CompletableFuture<Integer>();
        var slow =
                Thread.ofPlatform()
                        .start(
                                () ->
                                        ahead.look(
                                                files -> {
                                                    begun.countDown();
                                                    return opened.join();
                                                }));
        begun.await();
        var other = Thread.ofPlatform().daemon().start(() -> look("class/a.png", 1));
        boolean ended = other.join(Duration.ofMinutes(1));
        opened.complete(-1);
        slow.join();
        assertTrue(ended);
    }

    @Test
    void noFileIsLeftOpen() throws IOException {
        look("class/a.png", 1);
        look("class", 1);
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            assertEquals(0, open.filter(this::isOurs).count());
        }
    }

    private boolean isOurs(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(folder);
        } catch (IOException closed) {
            return false;
        }
    }

    @Test
    void whatIsNotInMemoryIsReadIntoIt() throws Exception {
        var file = folder.resolve("class/large");
        Files.write(file, new byte[8 << 20]);
        var drops = "oflag=nocache conv=notrunc,fdatasync count=0 status=none";
        var command = new ArrayList<>(List.of("dd", "if=/dev/null", "of=" + file));
        command.addAll(List.of(drops.split(" ")));
        assumeTrue(new ProcessBuilder(command).start().waitFor() == 0, "another dd");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fincore")), "no fincore");
        assumeTrue(pagesInMemory(file) == 0, "this file system keeps what is written");
        look("class/large", 1);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (pagesInMemory(file) < 1024 && System.nanoTime() < end) {
            Thread.onSpinWait(); // to ask whether its beginning is there reads a few pages only
        }
        assertTrue(pagesInMemory(file) >= 1024, () -> "of 2048 pages few are in memory");
    }

    private static long pagesInMemory(Path file) throws Exception {
        var process =
                new ProcessBuilder("fincore", "-b", "-n", "-o", "PAGES", file.toString()).start();
        return Long.parseLong(new String(process.getInputStream().readAllBytes()).strip());
    }

    /// A folder whose opened files a test can look at.
    private record Shown(ImageFolder folder, AtomicReference<ImageFiles> opened)
            implements IndexedSource<ImageFiles> {
        static ImageFiles afterABatch(Path folder) {
            var shown = new Shown(ImageFolder.at(folder), new AtomicReference<>());
            var graph = Graph.named("photographs");
            graph.output("file", graph.read(shown).get("encoded"));
            try (var pipeline = graph.build(Options.batchSize(1).threads(1).prefetch(1))) {
                pipeline.next();
            }
            return shown.opened.get();
        }

        @Override
        public List<String> outputs() {
            return folder.outputs();
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return folder.promise(in);
        }

        @Override
        public ImageFiles open() throws IOException {
            opened.set(folder.open());
            return opened.get();
        }

        @Override
        public void read(ImageFiles files, long index, Outputs out, SampleContext context)
                throws IOException {
            folder.read(files, index, out, context);
        }
    }

    @Test
    void onceAFileWasReadTheNextAreReadAhead() {
        assertTrue(Shown.afterABatch(folder).readsAhead());
    }

    /// In a JVM that is told to be on another system.
    static final class Elsewhere {
        public static void main(String[] arguments) {
            var files = Shown.afterABatch(Path.of(arguments[0]));
            files.readAhead(0);
            System.out.println("reads ahead: " + files.readsAhead());
        }
    }

    @Test
    void onOtherSystemsTheCallsOfLinuxAreNotEvenLookedFor() throws Exception {
        var flags = List.of("-Dos.name=Another", "-Xlog:class+init=info");
        var ended =
                ChildJvm.of(Elsewhere.class)
                        .flags(flags.toArray(String[]::new))
                        .run(folder.toString());
        assertTrue(ended.out().contains("reads ahead: false"), ended::err);
        assertEquals(
                List.of(), ended.out().lines().filter(l -> l.contains("read/LinuxFile")).toList());
    }

    @Test
    void nothingIsReadAheadWhereOnlyLabelsAreRead() throws IOException {
        var files = ImageFolder.at(folder).open();
        assertFalse(files.readsAhead());
        assertEquals(0, files.label(0));
        assertFalse(files.readsAhead());
    }

    @Test
    void aFileThatIsGoneIsNoFailureYet() throws IOException {
        var files = ImageFolder.at(folder).open();
        Files.delete(folder.resolve("class/a.png"));
        files.readAhead(0);
    }
}
