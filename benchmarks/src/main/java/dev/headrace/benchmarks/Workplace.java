package dev.headrace.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Where a comparison works: sets up the peer's Python, once.
///
/// @param home the folder of Headrace's sources
/// @param out where to say what is being done
record Workplace(Path home, PrintWriter out) {
    /// In the folder that `./headrace` lies in.
    static Workplace at(PrintWriter out) {
        return new Workplace(Path.of(System.getProperty("headrace.home", ".")), out);
    }

    /// A folder for what can be made again.
    Path cache() throws IOException {
        return Files.createDirectories(home.resolve(".headrace/bench"));
    }

    /// A file of the peer's side.
    Path script(String name) {
        return sources().resolve("python").resolve(name);
    }

    /// The folder that has the sources of the benchmarks, by language.
    Path sources() {
        return home.resolve("benchmarks/src/main");
    }

    /// An interpreter that has the peer, in an environment of its own.
    Path peerPython() throws IOException, InterruptedException {
        var environment = home.resolve(".headrace/dali");
        var python = environment.resolve("bin/python");
        var wanted = Files.readString(script("requirements.txt"));
        var complete = environment.resolve("complete"); // with what, so that a change is noticed
        if (Files.exists(complete) && Files.readString(complete).equals(wanted)) {
            return python;
        }
        say("setting up NVIDIA DALI in %s", environment);
        var ours = home.resolve(".venv/bin/python");
        var base = Files.isExecutable(ours) ? ours.toString() : "python3";
        run(List.of(base, "-m", "venv", environment.toString()));
        run(
                List.of(
                        python.toString(),
                        "-m",
                        "pip",
                        "install",
                        "--quiet",
                        "--requirement",
                        script("requirements.txt").toString()));
        Files.writeString(complete, wanted);
        return python;
    }

    /// Writes a result where it was asked for, and says where.
    void write(JsonObject result, Path where) throws IOException {
        write(new GsonBuilder().setPrettyPrinting().create().toJson(result) + "\n", where);
    }

    /// Writes text likewise.
    void write(String text, Path where) throws IOException {
        var file = home.resolve(where).toAbsolutePath();
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        say("written to %s", file);
    }

    /// Says so if others compute on this machine.
    void warnIfBusy(JsonObject machine) {
        double load = machine.get("load").getAsDouble();
        if (load > 0.5) {
            say("the machine is busy (load %.1f): figures will be low and uncertain", load);
        }
    }

    /// Says what is being done.
    void say(String format, Object... values) {
        out.printf(Locale.ROOT, "bench: " + format + "%n", values);
        out.flush();
    }

    /// Runs a program to its end.
    ///
    /// @throws IOException if it fails; the message has what it printed
    static void run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed:\n" + output.strip());
        }
    }
}
