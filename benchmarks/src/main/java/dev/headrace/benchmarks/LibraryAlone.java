package dev.headrace.benchmarks;

import com.google.common.base.MoreObjects;
import com.google.common.base.Splitter;
import com.google.gson.JsonObject;
import dev.headrace.operators.decode.DecodeImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A bare loop in C around the JPEG library that Headrace uses, on one core: the limit.
///
/// @param form what it does, see `bare.c`
/// @param said the same, to be read
/// @param goal the share of its speed that Headrace is to reach
record LibraryAlone(String form, String said, Goal goal) {
    private static final String LIBRARY =
            MoreObjects.firstNonNull(System.getenv("HEADRACE_TURBOJPEG"), "libturbojpeg.so.0");

    /// Compiles and starts it; none where something is missing, which is noted.
    Optional<Side> start(Bench bench, String job, Photographs photographs)
            throws InterruptedException {
        try {
            var program = compiled(bench.workplace().sources(), bench.workplace().cache());
            var log = bench.log(job, "alone", 1);
            return Optional.of(start(program, photographs.list(), photographs.windows(), log));
        } catch (IOException missing) {
            bench.skip(job + ", " + said + ": " + missing.getMessage());
            return Optional.empty();
        }
    }

    /// The program, in a folder.
    ///
    /// @throws IOException if it cannot be compiled
    static Path compiled(Path sources, Path folder) throws IOException, InterruptedException {
        if (!isThere("cc")) {
            throw new IOException("no C compiler found: apt-get install gcc");
        }
        var program = folder.resolve("bare");
        var source = sources.resolve("c/bare.c");
        Workplace.run(List.of("cc", "-O2", "-o", program.toString(), source.toString(), "-ldl"));
        return program;
    }

    private static boolean isThere(String program) {
        return Splitter.on(':')
                .splitToStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /// Starts a program that was compiled.
    ///
    /// @throws IOException if the library is missing, another one or too old
    Side start(Path program, Path list, Path windows, Path log) throws IOException {
        var command = List.of(program.toString(), LIBRARY, list.toString(), windows.toString());
        var side = new Side(said, Bench.pin(1), log, command);
        try {
            check(side.ask("versions"));
            return side;
        } catch (IOException missing) {
            side.close();
            throw missing;
        }
    }

    private void check(JsonObject versions) throws IOException {
        var version = "libturbojpeg " + versions.get("libturbojpeg").getAsString();
        if (!DecodeImage.jpegDecoder().startsWith(version + " (")) {
            throw new IOException(
                    "%s is %s, but Headrace decodes by %s"
                            .formatted(LIBRARY, version, DecodeImage.jpegDecoder()));
        }
        if (form.equals("region") && !versions.get("regions").getAsBoolean()) {
            throw new IOException(
                    version + " decodes no regions: state version 3 by HEADRACE_TURBOJPEG");
        }
    }
}
