package dev.headrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.Range;
import com.sun.management.OperatingSystemMXBean;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.graph.picture.LivePage;
import dev.headrace.graph.picture.Picture;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.read.External;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What it costs to look: drawing a large graph, cold and warm, and the live page of a pipeline at
/// full rate, which one browser looks at.
@Command(
        name = "looking",
        description = "Measures what it costs to draw a graph, and to have a live page looked at.",
        sortOptions = false)
final class Looking implements Callable<Integer> {
    private static final int BATCH = 64;
    private static final int SIDE = 224;
    private static final int WARM = 7;

    @Spec private CommandSpec spec;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "300",
            description = "Nodes of the graph that is drawn (${DEFAULT-VALUE}).")
    private int nodes;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "How long the live page is looked at (${DEFAULT-VALUE}).")
    private int seconds;

    @Override
    public Integer call() throws Exception {
        draw();
        live();
        return CommandLine.ExitCode.OK;
    }

    private void say(String format, Object... values) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }

    // ---- drawing

    private void draw() {
        var plan = drawn(nodes).plan(Options.batchSize(BATCH));
        long start = System.nanoTime();
        int length = Picture.of(plan).html().length();
        double cold = (System.nanoTime() - start) / 1e9;
        var age =
                ProcessHandle.current()
                        .info()
                        .startInstant()
                        .map(begun -> Duration.between(begun, Instant.now()).toMillis() / 1e3)
                        .orElse(Double.NaN);
        var warm = new double[WARM];
        for (int i = 0; i < 2 * WARM; i++) { // the first half warms up
            start = System.nanoTime();
            length = Picture.of(plan).html().length();
            warm[i % WARM] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(warm);
        say(
                "A page of a graph of %d nodes, %d to run (%,d characters)",
                nodes, plan.nodes().size(), length);
        say("  cold  %.2f s, %.2f s after the process began", cold, age);
        say(
                "  warm  %.2f s (median of %d, %.2f to %.2f)",
                warm[WARM / 2], WARM, warm[0], warm[WARM - 1]);
    }

    /// The first of two values, so that a graph has joins.
    private record First() implements SampleOperator {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(2);
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(in.getFirst());
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, in.get(0).spec()).copyFrom(in.get(0));
        }
    }

    /// Chains, joins and barriers of random form, the same for the same number; most of it runs.
    private static Graph drawn(int nodes) {
        var random = new SplittableRandom(nodes);
        var graph = Graph.named("large");
        var values = new ArrayList<Node>();
        values.add(graph.read(new Bytes.Source()));
        while (values.size() < nodes) {
            var last = recent(values, random);
            var next =
                    switch (random.nextInt(8)) {
                        case 0, 1 -> graph.add(new First(), last, recent(values, random));
                        case 2 -> last.then(new Bytes.CopyBatch());
                        default -> last.then(new Bytes.Copy());
                    };
            values.add(next.named("node " + values.size()));
        }
        for (int i = 0; i < Math.min(8, nodes); i++) {
            graph.output("out " + i, values.get(values.size() - 1 - i));
        }
        return graph;
    }

    private static Node recent(List<Node> values, SplittableRandom random) {
        return values.get(values.size() - 1 - random.nextInt(Math.min(8, values.size())));
    }

    // ---- the live page

    private void live() throws Exception {
        try (var pipeline = images().build(Options.batchSize(BATCH));
                var page = LivePage.of(pipeline).serve()) {
            var browser = new Browser(page.address());
            var threads = Thread.ofPlatform().daemon().name("browser").start(browser);
            run(pipeline.endless().iterator(), Duration.ofSeconds(5));
            var before = Clocks.now();
            run(pipeline.endless().iterator(), Duration.ofSeconds(seconds));
            var after = Clocks.now();
            threads.interrupt();
            double all = after.process() - before.process();
            double live = after.liveSince(before);
            say("");
            say(
                    "A live page, looked at for %d s: %d events, %d sheets of images",
                    seconds, browser.events, browser.sheets);
            say(
                    "  %.0f samples/s meanwhile",
                    pipeline.report().samples() / (pipeline.report().wall().toNanos() / 1e9));
            say(
                    "  its threads took %.2f s of %.1f s of CPU time, %.2f %%",
                    live, all, 100 * live / all);
        }
    }

    private static Graph images() {
        var random = new SplittableRandom(1);
        var made = new ArrayList<TensorValue>();
        for (int i = 0; i < 8; i++) {
            var bytes = random.ints((long) SIDE * SIDE * 3, 0, 256).asDoubleStream().toArray();
            made.add(TensorValue.of(TensorSpec.of(ElementType.UINT8, "HWC", SIDE, SIDE, 3), bytes));
        }
        var graph = Graph.named("live");
        var image =
                graph.read(External.indexed(1_000_000, i -> made.get((int) (i % 8)), "image"))
                        .peek();
        graph.output("normal", image.then(Normalize.imagenet().layout("CHW")));
        return graph;
    }

    private static void run(Iterator<?> batches, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            batches.next();
        }
    }

    /// CPU time so far, in seconds: of the process, and of each thread of a live page.
    private record Clocks(double process, Map<Long, Double> live) {
        static Clocks now() {
            var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            var threads = ManagementFactory.getThreadMXBean();
            var live = new HashMap<Long, Double>();
            for (var thread : Thread.getAllStackTraces().keySet()) {
                if (thread.getName().startsWith("headrace live")
                        || thread.getName().equals("HTTP-Dispatcher")) {
                    live.put(thread.threadId(), threads.getThreadCpuTime(thread.threadId()) / 1e9);
                }
            }
            return new Clocks(system.getProcessCpuTime() / 1e9, live);
        }

        /// None of these threads ends before the page does.
        double liveSince(Clocks before) {
            return live.entrySet().stream()
                    .mapToDouble(
                            entry ->
                                    entry.getValue()
                                            - before.live.getOrDefault(entry.getKey(), 0.0))
                    .sum();
        }
    }

    /// Asks for what the page's script asks for.
    private static final class Browser implements Runnable {
        private final URI address;
        volatile int events;
        volatile int sheets;

        Browser(URI address) {
            this.address = address;
        }

        @Override
        public void run() {
            try (var lines =
                    new BufferedReader(
                            new InputStreamReader(
                                    address.resolve("events").toURL().openStream(), UTF_8))) {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("data: ")) {
                        events++;
                        fetchSheet();
                    }
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        private void fetchSheet() throws IOException {
            try (var sheet = address.resolve("sheet?value=normal").toURL().openStream()) {
                if (sheet.readAllBytes().length > 0) {
                    sheets++;
                }
            }
        }
    }
}
