package dev.headrace.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Where a comparison works: sets up the peer's Python and the photographs, once.
///
/// @param home the folder of Headrace's sources
/// @param out where to say what is being done
record Workplace(Path home, PrintWriter out) {
    private static final Path NATURE = Path.of("/usr/share/backgrounds/mate/nature");
    private static final int PHOTOGRAPHS = 320;
    private static final long SEED = 42;

    /// Rows of a photograph that is measured with.
    static final int HEIGHT = 375;

    /// Columns of a photograph that is measured with.
    static final int WIDTH = 500;

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
        return home.resolve("benchmarks/src/main/python").resolve(name);
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

    /// The folder of photographs to measure with, with one sub-folder.
    ///
    /// @param given where to cut them from, or null to look at the usual places
    Path photographs(Path given, Path python) throws IOException, InterruptedException {
        var source = given != null ? given : source();
        var key = Integer.toHexString(source.toAbsolutePath().normalize().toString().hashCode());
        var folder = cache().resolve("photographs-" + PHOTOGRAPHS + "-" + SEED + "-" + key);
        if (!Files.isDirectory(folder)) {
            say("cutting %d photographs from those in %s", PHOTOGRAPHS, source);
            run(
                    List.of(
                            python.toString(),
                            script("photographs.py").toString(),
                            source.toString(),
                            folder.toString(),
                            Integer.toString(PHOTOGRAPHS),
                            Long.toString(SEED)));
        }
        return folder;
    }

    private Path source() throws IOException {
        if (Files.isDirectory(NATURE)) {
            return NATURE;
        }
        var advice = "apt-get install mate-backgrounds, or name a folder by --photographs";
        var samples = samplePhotos();
        if (samples == null) {
            throw new IOException("no photographs in " + NATURE + ": " + advice);
        }
        say("no photographs in %s (%s)", NATURE, advice);
        say("taking the small ones of ./headrace train: figures will differ from those published");
        return samples;
    }

    /// Those that `./headrace train` has fetched into the user's cache, or null.
    private static Path samplePhotos() throws IOException {
        var stated = System.getenv("XDG_CACHE_HOME");
        var caches =
                stated == null || stated.isBlank()
                        ? Path.of(System.getenv().getOrDefault("HOME", "."), ".cache")
                        : Path.of(stated);
        var ours = caches.resolve("headrace");
        if (!Files.isDirectory(ours)) {
            return null;
        }
        try (Stream<Path> entries = Files.list(ours)) {
            return entries.map(entry -> entry.resolve("train"))
                    .filter(Files::isDirectory)
                    .sorted()
                    .reduce((older, newer) -> newer)
                    .orElse(null);
        }
    }

    /// Writes a result where it was asked for, and says where.
    void write(JsonObject result, Path where) throws IOException {
        var file = home.resolve(where).toAbsolutePath();
        Files.createDirectories(file.getParent());
        var text = new GsonBuilder().setPrettyPrinting().create().toJson(result);
        Files.writeString(file, text + "\n");
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

    private void run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed:\n" + output.strip());
        }
    }
}
