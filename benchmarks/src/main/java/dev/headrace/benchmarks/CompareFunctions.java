package dev.headrace.benchmarks;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Closer;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs a constant and a Python function that gives back what it got in Headrace and in NVIDIA
/// DALI, on the same cores, by turns in one run, and prints the share of the peer's time.
///
/// Both sides compute an iteration when it is asked for, and nothing ahead. Before anything is
/// timed, the outputs are compared with the constant.
@Command(
        name = "python",
        description = {
            "Runs a Python function that gives back its input in Headrace and in NVIDIA DALI (CPU),"
                    + " by turns on the same cores, and prints the share of DALI's time; and what"
                    + " two worker processes gain on a function that computes.",
            "Headrace's reports by node are left in .headrace/bench/python-*.log."
        })
final class CompareFunctions implements Callable<Integer> {
    private static final List<String> PEERS =
            List.of("python_function", "dl_tensor_python_function");
    private static final List<String> BATCHES = List.of("1", "32", "256");
    private static final List<String> SAMPLES = List.of("1", "224x224x3");
    private static final List<String> MODES = List.of("samples", "batch");
    private static final long SEED = 7;

    /// So that what is timed was compiled for it.
    private static final double WARM_SECONDS = 3;

    private static final double PEER_WARM_SECONDS = 1;

    /// The batch of the function that computes.
    private static final FunctionCase COMPUTED = FunctionCase.of("32", "1", "samples");

    /// How long that is to take for a sample.
    private static final double CPU_MILLIS = 2;

    /// One more thread of a library would compute for a process that is to have one.
    private static final List<String> ONE_THREAD =
            List.of("env", "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this.")
    private boolean help;

    @Option(names = "--quick", description = "Few short rounds: a rough figure in five minutes.")
    private boolean quick;

    @Option(
            names = "--cores",
            defaultValue = "2",
            showDefaultValue = ALWAYS,
            description = "How many cores both sides get.")
    private int cores;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            defaultValue = "out/bench-python.json",
            showDefaultValue = ALWAYS,
            description = "Where to write the result.")
    private Path json;

    @Spec private CommandSpec spec;

    private Workplace workplace;
    private Path folder;
    private Path peerPython;

    /// By view, or by function of the peer.
    private final Map<String, Side> sides = new LinkedHashMap<>();

    private final JsonObject machine = Machine.describe();

    private CompareFunctions() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        int available = Runtime.getRuntime().availableProcessors();
        if (cores < 1 || cores > available) {
            throw new IOException("this machine has " + available + " cores");
        }
        var out = spec.commandLine().getOut();
        workplace = Workplace.at(out);
        peerPython = workplace.peerPython();
        folder = Files.createDirectories(workplace.cache().resolve("samples"));
        writeSamples();
        workplace.warnIfBusy(machine);
        var result = new JsonObject();
        result.add("machine", machine);
        var trials = new ArrayList<FunctionTrial>();
        try (var closer = Closer.create()) {
            for (var goal : FunctionTrial.GOALS) {
                sides.put(goal.view(), closed(ours(goal.view()), closer));
            }
            for (var function : PEERS) {
                sides.put(function, closed(peer(function), closer));
            }
            result.add("Headrace", sides.get("numpy").ask("versions"));
            result.add("peer", sides.get(PEERS.getFirst()).ask("versions"));
            var cases = cases();
            for (var of : cases) {
                compare(of);
            }
            workplace.say("%d cases: all outputs are equal to the constant", cases.size());
            for (var of : cases) {
                workplace.say("%d of %d: %s", cases.indexOf(of) + 1, cases.size(), of);
                trials.addAll(measure(of));
            }
        }
        result.add("trials", FunctionTable.json(trials));
        var workers = Optional.<FunctionWorkers>empty();
        if (cores > 1) {
            workers = Optional.of(measureWorkers());
            result.add("workers", FunctionTable.json(workers.get()));
        } else {
            workplace.say("worker processes want two cores: they are not measured");
        }
        out.print(FunctionTable.text(result, trials, workers));
        workplace.write(result, json);
        return CommandLine.ExitCode.OK;
    }

    private static Side closed(Side side, Closer closer) {
        closer.register(side::close);
        return side;
    }

    private Side ours(String name) throws IOException {
        var command = new ArrayList<>(ONE_THREAD);
        command.addAll(Side.java(FunctionSide.class, List.of(folder.toString())));
        return new Side("Headrace " + name, pinned(), log(name), command);
    }

    private Side peer(String function) throws IOException {
        var script = workplace.script("peer_function.py");
        var command = Side.python(peerPython, script, List.of(folder.toString()));
        return new Side("NVIDIA DALI " + function, pinned(), log(function), command);
    }

    private String pinned() {
        return "0-" + (cores - 1);
    }

    private Path log(String name) throws IOException {
        return workplace.cache().resolve("python-" + name + ".log");
    }

    private void writeSamples() throws IOException {
        var chance = new Random(SEED);
        for (var name : SAMPLES) {
            var bytes = new byte[(int) FunctionCase.of("1", name, "batch").sample().bytes()];
            chance.nextBytes(bytes);
            Files.write(folder.resolve(name + ".raw"), bytes);
        }
    }

    private static List<FunctionCase> cases() {
        var cases = ImmutableList.<FunctionCase>builder();
        for (var sample : SAMPLES) {
            for (var batch : BATCHES) {
                for (var mode : MODES) {
                    cases.add(FunctionCase.of(batch, sample, mode));
                }
            }
        }
        return cases.build();
    }

    /// All sides must give the constant before their times mean anything.
    private void compare(FunctionCase of) throws IOException {
        int count = of.batch() + 1; // something of the second batch too
        var expected = folder.resolve("expected.raw");
        var sample = Files.readAllBytes(folder.resolve(of.sampleName() + ".raw"));
        try (var file = Files.newOutputStream(expected)) {
            for (int i = 0; i < count; i++) {
                file.write(sample);
            }
        }
        var found = folder.resolve("found.raw");
        for (var name : sides.keySet()) {
            var side = sides.get(name);
            (PEERS.contains(name) ? peerSetup(name, of, "simple", 1) : ourSetup(name, of))
                    .build(side);
            side.ask("save", count, found);
            long place = Files.mismatch(expected, found);
            if (place >= 0) {
                throw new IOException(
                        "%s gives something else than the constant, from byte %d on: %s"
                                .formatted(side.name(), place, of));
            }
        }
        Files.delete(expected);
        Files.delete(found);
    }

    private static Setup ourSetup(String view, FunctionCase of) {
        return new Setup(view, "same", view, of.words());
    }

    private static Setup peerSetup(String function, FunctionCase of, String executor, int threads) {
        var said = executor + " executor, threads " + threads;
        return new Setup(said, function, of.words(), executor, threads);
    }

    private List<FunctionTrial> measure(FunctionCase of) throws IOException, InterruptedException {
        var settings = new LinkedHashMap<String, String>();
        for (var function : PEERS) {
            var setups = new ArrayList<Setup>();
            for (var executor : quick ? List.of("simple") : List.of("simple", "dynamic")) {
                for (int threads = 1; threads <= cores; threads++) {
                    setups.add(peerSetup(function, of, executor, threads));
                }
            }
            var side = sides.get(function);
            var best = Setup.fastest(side, setups, quick ? 0.2 : 0.8, workplace);
            best.build(side);
            side.run(PEER_WARM_SECONDS);
            settings.put(function, best.said());
        }
        for (var goal : FunctionTrial.GOALS) {
            var side = sides.get(goal.view());
            ourSetup(goal.view(), of).build(side);
            side.run(WARM_SECONDS);
        }
        double seconds = quick ? 0.2 : 0.5;
        var names = List.copyOf(sides.keySet());
        var rates =
                Turns.take(
                        rounds(), names, name -> sides.get(name).run(seconds), (round, last) -> {});
        var trials = new ArrayList<FunctionTrial>();
        for (var goal : FunctionTrial.GOALS) {
            var copied = sides.get(goal.view()).ask("copied");
            var trial =
                    new FunctionTrial(
                            of,
                            goal,
                            settings.get(goal.peer()),
                            rates.get(names.indexOf(goal.view())),
                            rates.get(names.indexOf(goal.peer())),
                            copied.get("bytes").getAsDouble()
                                    / copied.get("iterations").getAsDouble());
            workplace.say(
                    "%s %,.1f µs, %s %,.1f µs: %s of its time",
                    goal.view(),
                    trial.ourMicros().median(),
                    goal.peer(),
                    trial.peerMicros().median(),
                    trial.ratio().text("%.2f"));
            trials.add(trial);
        }
        return trials;
    }

    private int rounds() {
        return quick ? 5 : 9;
    }

    private FunctionWorkers measureWorkers() throws IOException, InterruptedException {
        try (var inProcess = ours("compute");
                var workers = ours("workers")) {
            int products = 100;
            compute(products, 0).build(inProcess);
            inProcess.run(WARM_SECONDS);
            products = (int) Math.round(products * CPU_MILLIS / cpuMillis(inProcess.run(1)));
            workplace.say("a function that computes %d products of matrices", products);
            compute(products, 0).build(inProcess);
            inProcess.run(WARM_SECONDS);
            compute(products, 2).build(workers);
            workers.run(WARM_SECONDS);
            double seconds = quick ? 1 : 3;
            var rates =
                    Turns.take(
                            rounds(),
                            List.of(inProcess, workers),
                            side -> side.run(seconds),
                            (round, last) ->
                                    workplace.say(
                                            "round %d of %d: in process %,.0f samples/s,"
                                                    + " workers(2) %,.0f",
                                            round,
                                            rounds(),
                                            last.getFirst().perSecond(),
                                            last.getLast().perSecond()));
            double millis =
                    Spread.of(rates.getFirst().stream().map(CompareFunctions::cpuMillis).toList())
                            .median();
            return new FunctionWorkers(millis, rates.getFirst(), rates.getLast());
        }
    }

    private static Setup compute(int products, int workers) {
        return new Setup("compute", "compute", products, workers, COMPUTED.words());
    }

    private static double cpuMillis(Side.Rate rate) {
        return 1e3 / rate.perCpuSecond();
    }
}
