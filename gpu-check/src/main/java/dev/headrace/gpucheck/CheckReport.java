package dev.headrace.gpucheck;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.headrace.benchmarks.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// What a check has found, as it is written.
final class CheckReport {
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
    private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");

    private final JsonObject json = new JsonObject();
    private final StringBuilder text = new StringBuilder();
    private boolean good = true;

    /// @param devices as they are said
    CheckReport(List<String> devices) throws IOException {
        var machine = Machine.describe();
        json.addProperty("headrace", System.getProperty("headrace.version", "unknown"));
        json.addProperty("when", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        json.add("machine", machine);
        json.addProperty("java", Runtime.version().toString());
        json.addProperty("driver", driver());
        json.add("devices", GSON.toJsonTree(devices));
        line("Headrace %s on a CUDA device, %s", json.get("headrace").getAsString(), when());
        line("");
        line("%-9s %s, %s cores", "machine", said(machine, "processor"), said(machine, "cores"));
        line("%-9s %s, Java %s", "", said(machine, "system"), Runtime.version());
        line("%-9s %s", "driver", driver());
        devices.forEach(device -> line("%-9s %s", "device", device));
    }

    private String when() {
        return json.get("when").getAsString();
    }

    private static String said(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static String driver() throws IOException {
        return Files.isReadable(DRIVER)
                ? Files.readString(DRIVER).lines().findFirst().orElse("unknown")
                : "unknown";
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }

    void tests(DeviceTests.Results results) {
        json.add("tests", GSON.toJsonTree(results));
        good &= results.failed().isEmpty();
        line("");
        line(
                "%-9s %s passed, %s failed, %s skipped",
                "tests", results.passed(), results.failed().size(), results.skipped().size());
        results.failed().forEach(test -> entry("failed", test));
        results.skipped().forEach(test -> entry("skipped", test));
    }

    private void entry(String what, DeviceTests.NotPassed test) {
        line("%-9s %s", what, test.name());
        test.reason().lines().limit(3).forEach(reason -> line("%-9s   %s", "", reason));
    }

    /// What is measured, or why it could not be.
    void speeds(Supplier<List<Speed>> measure) {
        var all = json.has("speed") ? json.getAsJsonArray("speed") : new JsonArray();
        json.add("speed", all);
        line("");
        try {
            var speeds = measure.get();
            all.addAll(GSON.toJsonTree(speeds).getAsJsonArray());
            speeds.forEach(speed -> line("%-9s %s", "speed", speed));
        } catch (RuntimeException failure) {
            good = false;
            json.addProperty("speedFailed", failure.toString());
            line("%-9s failed: %s", "speed", failure);
        }
    }

    /// @param result of the benchmark, or what it said last under `failed`
    void pipeline(JsonObject result) {
        json.add("pipeline", result);
        line("");
        for (var each : lines(result)) {
            line("%-9s %s", "pipeline", each);
        }
        good &= !result.has("failed");
    }

    private static List<String> lines(JsonObject result) {
        var lines = new ArrayList<String>();
        if (result.has("failed")) {
            lines.add("failed: " + said(result, "failed"));
            return lines;
        }
        for (var each : result.getAsJsonArray("rows")) {
            var row = each.getAsJsonObject();
            lines.add(
                    "%s: Headrace %s %s, ratio %.2f"
                            .formatted(
                                    said(row, "what"),
                                    said(row, "Headrace"),
                                    said(row, "beside").isEmpty()
                                            ? ""
                                            : ", beside it " + said(row, "beside"),
                                    row.get("median").getAsDouble()));
        }
        result.getAsJsonArray("notMeasured")
                .forEach(reason -> lines.add("not measured: " + reason.getAsString()));
        return lines;
    }

    /// Whether nothing failed.
    boolean isGood() {
        return good;
    }

    String json() {
        json.addProperty("good", good);
        return GSON.toJson(json) + "\n";
    }

    String text() {
        return text + "\n" + (good ? "all is well" : "something failed") + "\n";
    }
}
