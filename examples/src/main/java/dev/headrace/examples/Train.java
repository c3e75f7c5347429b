package dev.headrace.examples;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Report;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.picture.ContactSheet;
import dev.headrace.graph.picture.LivePage;
import dev.headrace.graph.trace.Trace;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.image.Flip;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.image.RandomResizedCrop;
import dev.headrace.operators.image.Resize;
import dev.headrace.operators.python.PythonFunction;
import dev.headrace.operators.python.View;
import dev.headrace.operators.random.CoinFlip;
import dev.headrace.operators.read.ImageFiles;
import dev.headrace.operators.read.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Trains a small convolutional network on photographs, with batches from a graph.
@Command(
        name = "train",
        description = "Train a small network to tell classes of photographs apart.",
        sortOptions = false)
final class Train implements Callable<Integer> {
    /// Rows and columns of the images that the network sees.
    private static final int SIDE = 64;

    private static final Normalize NORMALIZE = Normalize.imagenet().layout("CHW");

    private static final String SHEET = "out/batch.png";

    @Spec private CommandSpec command;

    @Mixin private PhotoOptions given;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "12",
            description = "How often each photo is seen (${DEFAULT-VALUE}).")
    private int epochs;

    @Option(
            names = "--sheet",
            paramLabel = "FILE",
            defaultValue = SHEET,
            description =
                    "PNG file to draw the first batch to, with its labels (${DEFAULT-VALUE}).")
    private Path sheet;

    @Option(
            names = "--live",
            description =
                    "Show the training on a page for a browser here, which is opened where there"
                            + " is a desktop.")
    private boolean live;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "JSON file to write what the pipeline does to, for https://ui.perfetto.dev.")
    private Path trace;

    /// What the training loop is fed: each epoch another order, window, mirror and colouring of
    /// each photo.
    ///
    /// Python gets what was cut out, not the photos: NumPy's work is by the pixel, so a photo of
    /// two million pixels would cost five hundred times as much as its crop.
    ///
    /// @param pythonWorkers how many processes run the Python function, 0 for this one
    static Graph graph(ImageFolder folder, int pythonWorkers) {
        var graph = Graph.named("train");
        var photos = graph.read(folder.shuffled());
        var jitter =
                PythonFunction.in(augmentations(), "jitter")
                        .view(View.NUMPY)
                        .outputLayouts("HWC")
                        .workers(pythonWorkers);
        var flip = graph.add(CoinFlip.of(0.5));
        var image =
                photos.get("encoded")
                        .then(DecodeImage.rgb())
                        .then(RandomResizedCrop.to(SIDE, SIDE).area(0.5, 1))
                        .then(jitter)
                        .named("jitter")
                        .then(Flip.horizontal(flip))
                        .then(NORMALIZE);
        graph.output("image", image);
        graph.output("label", photos.get("label"));
        return graph;
    }

    private static Path augmentations() {
        return Headrace.home().resolve("examples/python/augment.py");
    }

    /// What the network is tested with: the photos as they are.
    private static Graph testGraph(ImageFolder folder) {
        var graph = Graph.named("test");
        var photos = graph.read(folder);
        var image =
                photos.get("encoded")
                        .then(DecodeImage.rgb())
                        .then(Resize.to(SIDE, SIDE))
                        .then(NORMALIZE);
        graph.output("image", image);
        graph.output("label", photos.get("label"));
        return graph;
    }

    @Override
    public Integer call() throws Exception {
        if (epochs < 1) {
            throw wrong(epochs + " epochs, at least 1 is needed");
        }
        var options = given.options();
        var graph = given.graph();
        if (sheet.equals(Path.of(SHEET)) && Files.notExists(sheet.getParent())) {
            Files.createDirectory(sheet.getParent());
        }
        check(sheet, ".png", "--sheet takes the name of a PNG file");
        if (trace != null) {
            check(trace, ".json", "--trace takes the name of a JSON file");
        }
        given.fetchPhotos();
        var photos = given.photos();
        var classes = photos.classes();
        if (classes.size() < 2) {
            throw new IOException(
                    "one class; at least 2 sub-folders are needed in " + photos.folder());
        }
        var known = photos.train().open();
        checkClasses(countByClass(known, classes.size()), classes, photos.folder());
        var heldOut = photos.heldOut().open(); // before training, as there may be none
        say(
                "%,d photos of %d classes, and %,d held out%n",
                known.size(), classes.size(), heldOut.size());

        long steps = epochs * ((known.size() - 1) / options.batchSize() + 1);
        if (Network.isPacked()) {
            say("Unpacking PyTorch (430 MB, once)%n");
        }
        try (var network =
                new Network(classes.size(), SIDE, Math.toIntExact(steps), given.seed())) {
            var report = train(network, graph, options, classes, known.size());
            var told = new LinkedHashMap<String, Double>();
            told.put("by the network", accuracy(network, photos.heldOut(), options));
            told.put(
                    "by their mean colour",
                    ColourBaseline.accuracy(photos.train(), photos.heldOut(), options));
            told.putAll(withoutLooking(countByClass(heldOut, classes.size())));
            say("%nHeld-out photos told right (of %,d)%n", heldOut.size());
            int width = told.keySet().stream().mapToInt(String::length).max().orElse(1);
            told.forEach((how, share) -> say("  %-" + width + "s %8.1f %%%n", how, 100 * share));
            say("%n%s%n", report);
        }
        if (trace != null) {
            say("A trace of the training, for https://ui.perfetto.dev: %s%n", trace);
        }
        say("A training batch with its labels: %s%n", sheet);
        return CommandLine.ExitCode.OK;
    }

    private ParameterException wrong(String what) {
        return new ParameterException(command.commandLine(), what);
    }

    /// Refuses, before there is anything to lose, a file that could not be written later.
    private void check(Path file, String ending, String takes) {
        if (Files.isDirectory(file)) {
            throw wrong(file + " is a folder; " + takes);
        }
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(ending)) {
            throw wrong(file + " does not end in " + ending + "; " + takes);
        }
        var folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw wrong("there is no folder " + folder + " for " + file + " to be written to");
        }
        if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            throw wrong("this user may not write " + file);
        }
    }

    private static void checkClasses(long[] counts, List<String> classes, Path folder)
            throws IOException {
        for (int label = 0; label < counts.length; label++) {
            if (counts[label] == 0) {
                throw new IOException(
                        "class "
                                + classes.get(label)
                                + " has no images; put some into "
                                + folder.resolve(classes.get(label))
                                + ", or remove it");
            }
        }
    }

    private void say(String format, Object... values) {
        out().printf(Locale.ROOT, format, values);
    }

    private PrintWriter out() {
        return command.commandLine().getOut();
    }

    private static boolean isTerminal() {
        var console = System.console();
        return console != null && console.isTerminal();
    }

    private Report train(
            Network network, Graph graph, Options options, List<String> classes, long known)
            throws IOException {
        try (var _ = trace == null ? null : Trace.to(trace);
                var pipeline = graph.build(options);
                var page = live ? LivePage.of(pipeline).serve() : null;
                var progress = new Progress(out(), isTerminal(), epochs, known)) {
            if (trace != null) {
                say("Tracing to %s, which is written even if this is interrupted%n", trace);
            }
            if (page != null) {
                show(page.address());
            }
            for (var batch : pipeline.epochs(epochs)) {
                progress.came(batch.epoch());
                try (var arrays = BatchArrays.of(batch, network.manager())) {
                    var step = network.step(arrays.get("image"), arrays.get("label"));
                    progress.stepped(batch.size(), step);
                }
                if (batch.iteration() == 0) {
                    draw(batch, classes);
                }
            }
            return pipeline.report();
        }
    }

    /// Says where a page is, and opens it where there is a desktop.
    private void show(URI address) {
        say("Live page: %s%n", address);
        if (System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null) {
            try {
                new ProcessBuilder("xdg-open", address.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException missing) {
                say("xdg-open is missing, so open it yourself%n");
            }
        }
    }

    private double accuracy(Network network, ImageFolder folder, Options options) {
        long correct = 0;
        try (var pipeline = testGraph(folder).build(options)) {
            for (var batch : pipeline.epoch()) {
                try (var arrays = BatchArrays.of(batch, network.manager())) {
                    correct += network.correct(arrays.get("image"), arrays.get("label"));
                }
            }
            var report = pipeline.report();
            report.badSamples()
                    .forEach(bad -> say("Left out of the held-out photos: %s%n", bad.text()));
            return (double) correct / report.samples();
        }
    }

    /// How many photos each class has.
    private static long[] countByClass(ImageFiles photos, int classes) {
        var counts = new long[classes];
        for (long i = 0; i < photos.size(); i++) {
            counts[photos.label(i)]++;
        }
        return counts;
    }

    /// What one can reach on photos without looking at them, by the way to do so.
    private static ImmutableMap<String, Double> withoutLooking(long[] counts) {
        double chance = 1.0 / counts.length;
        double commonest = (double) Longs.max(counts) / LongStream.of(counts).sum();
        return commonest > chance
                ? ImmutableMap.of(
                        "by chance", chance, "by always naming the commonest class", commonest)
                : ImmutableMap.of("by chance", chance);
    }

    private void draw(Batch batch, List<String> classes) throws IOException {
        var images = new ArrayList<BufferedImage>();
        var names = new ArrayList<String>();
        for (int i = 0; i < batch.size(); i++) {
            images.add(picture(batch.get("image").get(i)));
            names.add(classes.get((int) batch.get("label").get(i).int64(0)));
        }
        ImageIO.write(ContactSheet.draw(images, names), "png", sheet.toFile());
    }

    /// An image as the network sees it, back in colours of 0 to 255.
    private static BufferedImage picture(Tensor normalized) {
        var picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
            int colour = 0;
            for (int channel = 0; channel < 3; channel++) {
                double value =
                        normalized.float32(channel * SIDE * SIDE + pixel)
                                        * NORMALIZE.std().get(channel)
                                + NORMALIZE.mean().get(channel);
                colour = colour << 8 | Math.clamp(Math.round(value), 0, 255);
            }
            picture.setRGB(pixel % SIDE, pixel / SIDE, colour);
        }
        return picture;
    }
}
