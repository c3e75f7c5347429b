package dev.headrace.benchmarks;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongPredicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Runs the usual image pipeline in Headrace and in NVIDIA DALI, on the same photographs, windows
/// and cores, by turns in one run, and prints the ratio.
///
/// The pipeline: read a JPEG file, decode it whole, cut a window and resize it to 224×224 with
/// antialiasing, flip it or not, normalize to `float32` in `CHW`, batch 64. Before anything is
/// timed the outputs of both sides are compared.
@Command(
        name = "headrace bench",
        subcommands = {CompareFunctions.class, Looking.class},
        description = {
            "Runs the same image pipeline in Headrace and in NVIDIA DALI (CPU), by turns on the"
                    + " same files and cores, and prints the ratio of images a second.",
            "Headrace's reports by node are left in .headrace/bench/headrace-1.log, -2.log."
        })
public final class CompareWithDali implements Callable<Integer> {
    private static final int BATCH = 64;
    private static final int SIZE = 224;
    private static final List<String> TRAIN_FORMS = List.of("roi", "slice");
    private static final int SAMPLES = 2560;
    private static final long SEED = 7;
    private static final int COMPARED = 256;
    private static final int COMPARED_WHOLE = 64;
    private static final double WARM_SECONDS = 3;

    /// One step of 255 once normalized by the least deviation of ImageNet's, with room for
    /// rounding.
    private static final double ONE_STEP = 1.001 / (0.224 * 255);

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this.")
    private boolean help;

    @Option(names = "--quick", description = "Few short rounds: a rough figure in two minutes.")
    private boolean quick;

    @Option(
            names = "--cores",
            split = ",",
            defaultValue = "1,2",
            showDefaultValue = ALWAYS,
            description = "How many cores both sides get, one trial each.")
    private List<Integer> cores;

    @Option(
            names = "--photographs",
            paramLabel = "DIR",
            description = "Cut the photographs from the JPEG files under this folder.")
    private Path source;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            defaultValue = "out/bench.json",
            showDefaultValue = ALWAYS,
            description = "Where to write the result.")
    private Path json;

    @Spec private CommandSpec spec;

    private Workplace workplace;
    private Path peerPython;
    private Path photographs;
    private Path windows;
    private final List<Trial> trials = new ArrayList<>();
    private final JsonObject machine = Machine.describe();

    private CompareWithDali() {}

    /// Compares, and ends the process: 0 if the outputs agree and all was timed, else 1.
    public static void main(String[] args) {
        var commandLine =
                new CommandLine(new CompareWithDali())
                        .setExecutionExceptionHandler(CompareWithDali::report);
        commandLine
                .getSubcommands()
                .get("engine")
                .setUnmatchedOptionsArePositionalParams(true); // they are for JMH
        System.exit(commandLine.execute(args));
    }

    @Command(name = "engine", description = "Measures the engine alone, by JMH.")
    int engine(
            @Parameters(
                            paramLabel = "ARGUMENT",
                            arity = "0..*",
                            description = "For JMH: RunOverhead -prof gc, or -h to list more.")
                    String[] arguments)
            throws IOException {
        org.openjdk.jmh.Main.main(arguments == null ? new String[0] : arguments);
        return CommandLine.ExitCode.OK;
    }

    private static int report(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        if (failure instanceof IOException) {
            command.getErr().println("bench: " + failure.getMessage());
        } else {
            failure.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var out = spec.commandLine().getOut();
        workplace = Workplace.at(out);
        int available = Runtime.getRuntime().availableProcessors();
        cores.removeIf(count -> count < 1 || count > available);
        if (cores.isEmpty()) {
            throw new IOException("this machine has " + available + " cores");
        }
        peerPython = workplace.peerPython();
        photographs = workplace.photographs(source, peerPython);
        windows = workplace.cache().resolve("windows.txt");
        Windows.random(SAMPLES, Workplace.HEIGHT, Workplace.WIDTH, SEED).write(windows);
        workplace.warnIfBusy(machine);
        var result = new JsonObject();
        result.add("machine", machine);
        for (int count : cores) {
            try (var ours = ours(count);
                    var peer = peer(count)) {
                if (trials.isEmpty()) {
                    result.add("Headrace", ours.ask("versions"));
                    result.add("peer", peer.ask("versions"));
                    result.add("outputs", compare(ours, peer));
                }
                measure("decode", count, List.of("decode"), ours, peer);
                measure("train", count, TRAIN_FORMS, ours, peer);
            }
        }
        result.add("trials", Table.json(trials));
        out.print(Table.text(result, trials));
        workplace.write(result, json);
        return CommandLine.ExitCode.OK;
    }

    private Side ours(int count) throws IOException {
        var command = Side.java(OurSide.class, data());
        return new Side("Headrace", first(count), log("headrace", count), command);
    }

    private Side peer(int count) throws IOException {
        var command = Side.python(peerPython, workplace.script("peer.py"), data());
        return new Side("NVIDIA DALI", first(count), log("dali", count), command);
    }

    private Path log(String side, int count) throws IOException {
        return workplace.cache().resolve(side + "-" + count + ".log");
    }

    private List<String> data() {
        return List.of(photographs.toString(), windows.toString(), Integer.toString(BATCH));
    }

    private static String first(int count) {
        return "0-" + (count - 1);
    }

    /// Both sides must do the same work before their times mean anything.
    ///
    /// At the edge of a window they differ by design, so the outermost pixels are only reported: a
    /// filter that reaches beyond the edge is cut off there in Headrace as in Pillow, meets the
    /// last pixel repeated in DALI after a slice, and what lies beyond the window with a roi.
    private JsonObject compare(Side ours, Side peer) throws IOException {
        var one = workplace.cache().resolve("ours.raw");
        var other = workplace.cache().resolve("peer.raw");
        var compared = new JsonObject();
        save(ours, "decode", peer, "decode", COMPARED_WHOLE, one, other);
        agree(compared, "decoded", "of 255", Distance.ofBytes(one, other, i -> true), 1);
        for (var form : TRAIN_FORMS) {
            save(ours, "train-pixels", peer, form + "-pixels", COMPARED, one, other);
            LongPredicate inner = i -> isInner(i / 3);
            var within = Distance.ofBytes(one, other, inner);
            agree(compared, "resized (" + form + ")", "of 255", within, 1);
            var edge = Distance.ofBytes(one, other, inner.negate());
            agree(compared, "outermost pixels (" + form + ")", "of 255", edge, 255);
            save(ours, "train", peer, form, COMPARED, one, other);
            var normalized = Distance.ofFloats(one, other, CompareWithDali::isInner);
            agree(compared, "normalized (" + form + ")", "deviations", normalized, ONE_STEP);
        }
        Files.delete(one);
        Files.delete(other);
        return compared;
    }

    /// Whether a pixel is none of the outermost of its image or plane.
    private static boolean isInner(long pixel) {
        long column = pixel % SIZE;
        long row = pixel / SIZE % SIZE;
        return column > 0 && column < SIZE - 1 && row > 0 && row < SIZE - 1;
    }

    private static void save(
            Side ours, String form, Side peer, String peerForm, int count, Path one, Path other)
            throws IOException {
        ours.ask("build", form, 1, 1);
        ours.ask("save", count, one);
        peer.ask("build", peerForm, 1, 1);
        peer.ask("save", count, other);
    }

    private void agree(JsonObject all, String what, String unit, Distance distance, double limit)
            throws IOException {
        workplace.say(
                "%s: %,d values, %.2f %% differ, by at most %.4g %s",
                what, distance.values(), 100 * distance.different(), distance.greatest(), unit);
        var row = new JsonObject();
        row.addProperty("values", distance.values());
        row.addProperty("differing", distance.different());
        row.addProperty("greatest", distance.greatest());
        row.addProperty("unit", unit);
        all.add(what, row);
        if (distance.greatest() > limit) {
            throw new IOException("the outputs differ too much for the times to be compared");
        }
    }

    private void measure(String job, int count, List<String> peerForms, Side ours, Side peer)
            throws IOException, InterruptedException {
        int rounds = quick ? 5 : 9;
        double seconds = quick ? 1 : 4;
        var best = Setup.fastest(peer, peerSetups(peerForms, count), quick ? 1 : 2, workplace);
        workplace.say("%s, cores %d: warming up", job, count);
        best.build(peer);
        peer.run(WARM_SECONDS);
        ours.ask("build", job, count, 2);
        ours.run(quick ? WARM_SECONDS : 3 * WARM_SECONDS);
        var rates =
                Turns.take(
                        rounds,
                        List.of(peer, ours),
                        side -> rest(side).run(seconds),
                        (round, last) -> tell(job, count, round, rounds, last));
        trials.add(new Trial(job, count, best.said(), rates.getLast(), rates.getFirst()));
    }

    private List<Setup> peerSetups(List<String> forms, int count) {
        var setups = new ArrayList<Setup>();
        for (var form : forms) {
            for (int threads = count; threads <= (quick ? count : 2 * count); threads++) {
                for (int prefetch = quick ? 2 : 1; prefetch <= (quick ? 2 : 3); prefetch++) {
                    var said = form + ", threads " + threads + ", prefetch " + prefetch;
                    setups.add(new Setup(said, form, threads, prefetch));
                }
            }
        }
        return setups;
    }

    private void tell(String job, int count, int round, int rounds, List<Side.Rate> rates) {
        double peer = rates.getFirst().perSecond();
        double ours = rates.getLast().perSecond();
        workplace.say(
                "%s, cores %d, round %d of %d: Headrace %,.0f images/s, DALI %,.0f: ratio %.2f",
                job, count, round, rounds, ours, peer, ours / peer);
    }

    /// Lets the other side finish what it computes ahead.
    private static Side rest(Side side) throws InterruptedException {
        Thread.sleep(300);
        return side;
    }
}
