package dev.headrace.operators;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.headrace.engine.device.NativeBuild;
import dev.headrace.engine.device.Simulation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The sources of the kernels, as `kernels.py` compiles them.
public final class Kernels {
    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", "."), "src", "main", "java");
    private static final Path SHARED = SOURCES.resolve("dev/headrace/operators/tensor");
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"(.*)\"$");

    private Kernels() {}

    /// All of them.
    static List<Path> all() {
        try (var files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".cu")).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The text of a file that kernels include, as in `random/Draws.cuh`.
    static String shared(String file) {
        return read(SHARED.resolveSibling(file));
    }

    /// The text of one with what it includes.
    static String expanded(Path source) {
        return INCLUDE.matcher(read(source))
                .replaceAll(
                        found ->
                                Matcher.quoteReplacement(
                                        read(included(source, found.group(1))).stripTrailing()));
    }

    private static Path included(Path source, String name) {
        var beside = source.resolveSibling(name);
        return Files.exists(beside) ? beside : SHARED.resolve(name);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The first line of what one is compiled to.
    static String mark(Path source) {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256").digest(expanded(source).getBytes(UTF_8));
            return "// source sha256 " + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// The name of its resource.
    static String resource(Path source) {
        var name = SOURCES.relativize(source).toString();
        return "/" + name.substring(0, name.length() - 2) + "ptx";
    }

    /// Builds all of them for the simulated driver, if that is what tests run on.
    public static void build() {
        if (Simulation.isReal()) {
            return;
        }
        for (var source : all()) {
            try {
                NativeBuild.ptx(expanded(source));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }
}
