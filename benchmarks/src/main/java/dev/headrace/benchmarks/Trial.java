package dev.headrace.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.function.Function;

/// What one job gave on one set of cores: images a second of Headrace and of what it stands beside,
/// round by round.
///
/// @param job what was done
/// @param cores on how many cores
/// @param other what it stands beside
/// @param settings those of the other one
/// @param ours how fast Headrace was, a round each
/// @param theirs how fast the other one was, in the same rounds
record Trial(
        String job,
        int cores,
        String other,
        String settings,
        List<Side.Rate> ours,
        List<Side.Rate> theirs) {
    /// Ours divided by the other's, round by round.
    Spread ratio() {
        return ratio(Side.Rate::perSecond);
    }

    /// The same, by time of computing.
    Spread cpuRatio() {
        return ratio(Side.Rate::perCpuSecond);
    }

    private Spread ratio(Function<Side.Rate, Double> of) {
        return Spread.ofRatios(ours.stream().map(of).toList(), theirs.stream().map(of).toList());
    }

    JsonObject json() {
        var one = new JsonObject();
        one.addProperty("job", job);
        one.addProperty("cores", cores);
        one.addProperty("other", other);
        one.addProperty("settings", settings);
        one.add("ours", json(ours));
        one.add("theirs", json(theirs));
        one.addProperty("ratio", ratio().median());
        one.addProperty("ratioByCpuTime", cpuRatio().median());
        return one;
    }

    private static JsonArray json(List<Side.Rate> rates) {
        var all = new JsonArray();
        for (var rate : rates) {
            var one = new JsonObject();
            one.addProperty("imagesPerSecond", rate.perSecond());
            one.addProperty("imagesPerCpuSecond", rate.perCpuSecond());
            all.add(one);
        }
        return all;
    }
}
