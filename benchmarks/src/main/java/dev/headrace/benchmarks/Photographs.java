package dev.headrace.benchmarks;

import static java.util.Comparator.comparing;

import com.google.common.collect.ImmutableList;
import com.google.common.math.IntMath;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.PeekImage;
import dev.headrace.operators.read.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/// Photographs to measure with, and the windows that are cut from them.
///
/// @param folder has one sub-folder, and in it the photographs
/// @param list a file with the path of each, a line each, in the order in which they are read
/// @param windows a file with a window a line; line i fits photograph i modulo their number
record Photographs(Path folder, Path list, Path windows) {
    /// Of a batch.
    static final int BATCH = 64;

    private static final Path NATURE = Path.of("/usr/share/backgrounds/mate/nature");
    private static final String ADVICE =
            "apt-get install mate-backgrounds, or name a folder by --photographs";
    private static final int CUT = 320;
    private static final long CUT_SEED = 42;
    private static final int WINDOWS = 2560;
    private static final long WINDOWS_SEED = 7;

    /// What a side is told of them when it starts.
    List<String> arguments() {
        return arguments(BATCH);
    }

    /// The same for another batch size.
    List<String> arguments(int batch) {
        return List.of(folder.toString(), windows.toString(), Integer.toString(batch));
    }

    /// Photographs of 500×375, cut from large ones.
    static Photographs small(Bench bench) throws IOException, InterruptedException {
        var workplace = bench.workplace();
        var source = large(bench).or(() -> samples(workplace)).orElseThrow(Photographs::none);
        var key = Integer.toHexString(source.toAbsolutePath().normalize().toString().hashCode());
        var name = "photographs-" + CUT + "-" + CUT_SEED + "-" + key;
        var folder = workplace.cache().resolve(name);
        if (!Files.isDirectory(folder)) {
            bench.say("cutting %d photographs from those in %s", CUT, source);
            Workplace.run(
                    List.of(
                            workplace.peerPython().toString(),
                            workplace.script("photographs.py").toString(),
                            source.toString(),
                            folder.toString(),
                            Integer.toString(CUT),
                            Long.toString(CUT_SEED)));
        }
        return of(folder);
    }

    /// The same, or drawn ones where there is none to cut from.
    static Photographs smallOrDrawn(Bench bench) throws IOException, InterruptedException {
        if (large(bench).isPresent()) {
            return small(bench);
        }
        var folder = bench.workplace().cache().resolve("drawn");
        if (!Files.isDirectory(folder)) {
            bench.say("drawing %d pictures, since there are no photographs: %s", BATCH, ADVICE);
            draw(Files.createDirectories(folder.resolve("pictures")));
        }
        return of(folder);
    }

    /// As large as the small photographs: waves of all lengths, which JPEG takes as it does those.
    private static void draw(Path folder) throws IOException {
        var random = new SplittableRandom(CUT_SEED);
        for (int number = 0; number < BATCH; number++) {
            var image = new BufferedImage(500, 375, BufferedImage.TYPE_INT_RGB);
            var waves = random.doubles(3 * 8 * 3).toArray();
            for (int y = 0; y < image.getHeight(); y++) {
                for (int x = 0; x < image.getWidth(); x++) {
                    image.setRGB(x, y, colour(waves, x, y));
                }
            }
            var file = folder.resolve("%02d.jpg".formatted(number));
            ImageIO.write(image, "jpg", file.toFile());
        }
    }

    private static int colour(double[] waves, int x, int y) {
        int colour = 0;
        for (int channel = 0; channel < 3; channel++) {
            double value = 127;
            for (int wave = 0; wave < 8; wave++) {
                int at = 3 * (8 * channel + wave);
                double length = Math.pow(2, wave + 1);
                double along = x * waves[at] + y * waves[at + 1];
                value += 4 * wave * Math.sin(2 * Math.PI * (along / length + waves[at + 2]));
            }
            colour = colour << 8 | (int) Math.clamp(value, 0, 255);
        }
        return colour;
    }

    /// Large photographs as they are, or none where there are no large ones.
    static Optional<Photographs> asTheyAre(Bench bench) throws IOException {
        var source = large(bench);
        if (source.isEmpty()) {
            return Optional.empty();
        }
        var folder = bench.workplace().cache().resolve("large");
        var copies = Files.createDirectories(folder.resolve("photographs"));
        for (var old : files(copies)) {
            Files.delete(old);
        }
        for (var file : files(source.get())) {
            Files.copy(
                    file,
                    copies.resolve(source.get().relativize(file).toString().replace('/', '-')));
        }
        return Optional.of(of(folder));
    }

    /// One large photograph among small ones, in each batch; small ones alone where there is none.
    static Photographs uneven(Bench bench, Photographs small) throws IOException {
        var folder = bench.workplace().cache().resolve("uneven");
        var links = Files.createDirectories(folder.resolve("photographs"));
        for (var old : files(links)) {
            Files.delete(old);
        }
        var all = new ArrayList<>(files(small.folder).subList(0, BATCH));
        var large = large(bench);
        if (large.isPresent()) {
            all.set(BATCH / 2, Collections.max(files(large.get()), comparing(Photographs::bytes)));
        }
        for (int i = 0; i < all.size(); i++) {
            Files.createSymbolicLink(links.resolve("%02d.jpg".formatted(i)), all.get(i));
        }
        return of(folder);
    }

    private static long bytes(Path file) {
        return file.toFile().length();
    }

    private static Photographs of(Path folder) throws IOException {
        var extents = extents(folder);
        int together = extents.size() / IntMath.gcd(extents.size(), BATCH) * BATCH;
        int count = (WINDOWS + together - 1) / together * together;
        var base = folder.resolveSibling(folder.getFileName() + "-windows.txt");
        var list = folder.resolveSibling(folder.getFileName() + "-files.txt");
        Windows.random(count, extents, WINDOWS_SEED).write(base);
        Files.write(list, files(folder).stream().map(Path::toString).toList());
        return new Photographs(folder, list, base);
    }

    /// Height and width of each, upright.
    private static ImmutableList<Windows.Extents> extents(Path folder) {
        var graph = Graph.named("extents");
        var encoded = graph.read(ImageFolder.at(folder)).get("encoded");
        graph.output("extents", encoded.then(PeekImage.extents()));
        var all = ImmutableList.<Windows.Extents>builder();
        try (var pipeline = graph.build(Options.batchSize(1))) {
            for (var batch : pipeline.epoch()) {
                var one = batch.get("extents").get(0);
                all.add(new Windows.Extents((int) one.int64(0), (int) one.int64(1)));
            }
        }
        return all.build();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().toLowerCase().matches(".*\\.jpe?g"))
                    .sorted()
                    .toList();
        }
    }

    private static Optional<Path> large(Bench bench) {
        return bench.source().or(() -> Optional.of(NATURE).filter(Files::isDirectory));
    }

    /// Those that `./headrace train` has fetched into the user's cache.
    private static Optional<Path> samples(Workplace workplace) {
        var stated = System.getenv("XDG_CACHE_HOME");
        var caches =
                stated == null || stated.isBlank()
                        ? Path.of(System.getenv().getOrDefault("HOME", "."), ".cache")
                        : Path.of(stated);
        try (Stream<Path> entries = Files.list(caches.resolve("headrace"))) {
            var found =
                    entries.map(entry -> entry.resolve("train"))
                            .filter(Files::isDirectory)
                            .max(Path::compareTo);
            if (found.isPresent()) {
                workplace.say("no photographs in %s (%s)", NATURE, ADVICE);
                workplace.say(
                        "taking the small ones of ./headrace train: figures will differ from those"
                                + " published");
            }
            return found;
        } catch (IOException none) {
            return Optional.empty();
        }
    }

    private static IOException none() {
        return new IOException("no photographs in " + NATURE + ": " + ADVICE);
    }

    /// Why there are no large ones.
    static String noLarge() {
        return "large photographs: none in " + NATURE + ": " + ADVICE;
    }
}
