package dev.headrace.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One run of the comparison: how thorough it is, the sides that it starts, and what it has found.
final class Bench {
    /// So that what is timed was compiled for it.
    private static final double WARM_SECONDS = 3;

    private final Workplace workplace;
    private final List<Integer> cores;
    private final boolean quick;
    private final boolean fiveMinutes;
    private final Optional<Path> source;
    private final JsonObject result = new JsonObject();
    private final JsonArray trials = new JsonArray();
    private final List<String> skipped = new ArrayList<>();

    /// @param cores how many both sides get, one trial each
    /// @param quick few short rounds
    /// @param fiveMinutes whether the heap is watched for that long
    /// @param source where photographs are taken from, if not from the usual places
    Bench(
            Workplace workplace,
            List<Integer> cores,
            boolean quick,
            boolean fiveMinutes,
            Optional<Path> source) {
        this.workplace = workplace;
        this.cores = List.copyOf(cores);
        this.quick = quick;
        this.fiveMinutes = fiveMinutes;
        this.source = source;
    }

    Workplace workplace() {
        return workplace;
    }

    List<Integer> cores() {
        return cores;
    }

    /// The most cores that a side gets.
    int mostCores() {
        return cores.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    Optional<Path> source() {
        return source;
    }

    boolean fiveMinutes() {
        return fiveMinutes;
    }

    int rounds() {
        return quick ? 5 : 9;
    }

    /// How long a side runs in a round that is to be so long.
    double seconds(double thorough) {
        return quick ? thorough / 4 : thorough;
    }

    /// What was found so far, as it is written.
    JsonObject result() {
        return result;
    }

    List<String> skipped() {
        return skipped;
    }

    void say(String format, Object... values) {
        workplace.say(format, values);
    }

    /// Notes that something is not measured.
    void skip(String reason) {
        say("not measured: %s", reason);
        skipped.add(reason);
    }

    /// Notes the rounds of a trial.
    void add(Trial trial) {
        trials.add(trial.json());
        result.add("trials", trials);
    }

    /// Notes how far the outputs of both sides were apart.
    void addOutputs(String job, JsonObject compared) {
        if (!result.has("outputs")) {
            result.add("outputs", new JsonObject());
        }
        result.getAsJsonObject("outputs").add(job, compared);
    }

    /// Starts a side of Headrace's.
    Side ours(String job, Class<?> main, int count, List<String> arguments) throws IOException {
        var name = "Headrace";
        return new Side(name, pin(count), log(job, name, count), Side.java(main, arguments));
    }

    /// Starts a side of ours on one core, in a JVM without the Vector API.
    Side plain(String job, Class<?> main, List<String> arguments) throws IOException {
        var name = "Headrace without vectors";
        var command = Side.java(main, arguments);
        command.removeIf(flag -> flag.startsWith("--add-modules"));
        return new Side(name, pin(1), log(job, "headrace-plain", 1), command);
    }

    /// Starts a side of the peer's.
    Side peer(String job, String script, int count, List<String> arguments)
            throws IOException, InterruptedException {
        var name = "DALI";
        var command = Side.python(workplace.peerPython(), workplace.script(script), arguments);
        var side = new Side(name, pin(count), log(job, name, count), command);
        if (!result.has("peer")) {
            result.add("peer", side.ask("versions"));
        }
        return side;
    }

    /// Those cores that a side gets, as `taskset` takes them.
    static String pin(int count) {
        return "0-" + (count - 1);
    }

    /// Where the error output of a side goes.
    Path log(String job, String side, int count) throws IOException {
        return workplace
                .cache()
                .resolve("%s-%s-%d.log".formatted(job, side.toLowerCase(Locale.ROOT), count));
    }

    /// The peer's best setting for a pipeline: of threads, from one a core to two, and of batches
    /// that it runs ahead.
    ///
    /// @param forms words that ask for one pipeline, by what is said of them; the fastest counts
    Setup fastest(Side peer, int count, List<Setup> forms) throws IOException {
        var setups = new ArrayList<Setup>();
        for (var form : forms) {
            for (int threads = count; threads <= (quick ? count : 2 * count); threads++) {
                for (int prefetch = quick ? 2 : 1; prefetch <= (quick ? 2 : 3); prefetch++) {
                    setups.add(form.with(threads, prefetch));
                }
            }
        }
        return Setup.fastest(peer, setups, quick ? 1 : 2, workplace);
    }

    /// Opens a pipeline and runs it until it is warm.
    ///
    /// @param times how many times as long as it takes at least
    void warmUp(Side side, Setup setup, int times) throws IOException, InterruptedException {
        setup.build(side);
        run(side, (quick ? Math.ceilDiv(2 * times, 3) : times) * WARM_SECONDS);
    }

    /// Runs a side for a while, until it computes nothing more.
    static Side.Rate run(Side side, double seconds) throws IOException, InterruptedException {
        var rate = side.run(seconds);
        side.rest();
        return rate;
    }
}
