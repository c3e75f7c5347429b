package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What this machine is, for reports.
public final class Machine {
    private Machine() {}

    /// Processor, cores, system, and how busy it is: the number of threads that wanted to run, over
    /// the last minute.
    public static JsonObject describe() {
        var machine = new JsonObject();
        machine.addProperty(
                "processor",
                line("/proc/cpuinfo", "model name\t: ", System.getProperty("os.arch")));
        machine.addProperty("cores", Runtime.getRuntime().availableProcessors());
        machine.addProperty(
                "system",
                line("/etc/os-release", "PRETTY_NAME=", System.getProperty("os.name"))
                        .replace("\"", ""));
        machine.addProperty(
                "load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        return machine;
    }

    private static String line(String file, String start, String otherwise) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException none) {
            return otherwise;
        }
    }
}
