package dev.headrace.operators.python;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Asks one interpreter, in a process that ends at once, what it is and what it has.
final class PythonProbe {
    /// How long an interpreter may take to answer: long, since a network drive may be slow.
    static final Duration LIMIT = Duration.ofSeconds(60);

    //// Runs on any Python, back to 2.7, so that an old one can say that it is old. NumPy and Jep
    /// are looked up, not imported, which would take ten times as long.
    private static final String QUESTION =
            """
            import os, sys
            def tell(name, value):
                print("headrace\\t%s\\t%s" % (name, value))
            tell("version", "%d.%d.%d" % sys.version_info[:3])
            if sys.version_info >= (3, 11):
                import importlib.metadata, importlib.util, sysconfig
                sys.path = [folder for folder in sys.path if folder]  # not the working directory
                tell("executable", sys.executable)
                tell("prefix", sys.prefix)
                tell("virtual", "yes" if sys.prefix != sys.base_prefix else "")
                names = [sysconfig.get_config_var(name) for name in ("INSTSONAME", "LDLIBRARY")]
                folders = [sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib")]
                files = [os.path.join(folder, name)
                         for name in names if name and ".so" in name for folder in folders if folder]
                tell("library", next(filter(os.path.exists, files), ""))
                for name in ("numpy", "jep"):
                    try:
                        tell(name, importlib.metadata.version(name))
                    except importlib.metadata.PackageNotFoundError:
                        tell(name, "")
                jep = importlib.util.find_spec("jep")
                files = [os.path.join(folder, "libjep.so")
                         for folder in (jep and jep.submodule_search_locations or ())]
                tell("jepLibrary", next(filter(os.path.exists, files), ""))
            """;

    /// An interpreter that cannot be used at all; the message says why.
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1;

        Unfit(String message) {
            super(message);
        }
    }

    private PythonProbe() {}

    /// @param limit how long the answer may take
    /// @throws Unfit if it is too old, cannot be run or gives no answer
    static PythonEnvironment ask(Path interpreter, Duration limit) throws Unfit {
        Path answer = null;
        try {
            answer = Files.createTempFile("headrace", ".python");
            return read(lines(interpreter, limit, answer));
        } catch (IOException failure) {
            throw new Unfit("cannot be run: " + failure.getMessage());
        } finally {
            delete(answer);
        }
    }

    /// A file takes the answer: a pipe would have to be read meanwhile, and stays open as long as
    /// whatever the interpreter began.
    private static List<String> lines(Path interpreter, Duration limit, Path answer)
            throws IOException, Unfit {
        var builder =
                new ProcessBuilder(interpreter.toString(), "-c", QUESTION)
                        .redirectErrorStream(true)
                        .redirectOutput(answer.toFile());
        builder.environment().put("PYTHONIOENCODING", "utf-8:surrogateescape");
        var process = builder.start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Unfit("gave no answer within " + limit);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Unfit("interrupted while it was asked");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        var lines = new String(Files.readAllBytes(answer), StandardCharsets.UTF_8).lines().toList();
        if (process.exitValue() != 0) {
            throw new Unfit(
                    "ended with status "
                            + process.exitValue()
                            + (lines.isEmpty() ? "" : ": " + lines.getLast().strip()));
        }
        return lines;
    }

    private static PythonEnvironment read(List<String> lines) throws Unfit {
        Map<String, String> facts = new HashMap<>();
        for (var line : lines) { // others are what the user's own start-up files print
            var parts = line.split("\t", 3);
            if (parts.length == 3 && parts[0].equals("headrace")) {
                facts.put(parts[1], parts[2]);
            }
        }
        var version = facts.get("version");
        if (version == null) {
            throw new Unfit("is no Python");
        }
        if (!PythonNeed.isRecent(version)) {
            throw new Unfit("is Python " + version);
        }
        return new PythonEnvironment(
                Path.of(facts.get("executable")),
                version,
                Path.of(facts.get("prefix")),
                !facts.get("virtual").isEmpty(),
                facts.get("numpy"),
                facts.get("jep"),
                path(facts.get("library")),
                path(facts.get("jepLibrary")));
    }

    private static Path path(String text) {
        return text.isEmpty() ? null : Path.of(text);
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException ignored) {
            // a small file in the folder for such
        }
    }
}
