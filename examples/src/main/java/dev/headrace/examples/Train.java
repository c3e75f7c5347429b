package dev.headrace.examples;

import com.google.common.primitives.Longs;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Report;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.image.Flip;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.image.RandomResizedCrop;
import dev.headrace.operators.image.Resize;
import dev.headrace.operators.random.CoinFlip;
import dev.headrace.operators.read.ImageFiles;
import dev.headrace.operators.read.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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
            defaultValue = "out/batch.png",
            description = "Where to draw the first batch, with its labels (${DEFAULT-VALUE}).")
    private Path sheet;

    /// What the training loop is fed: each epoch another order, window and mirror of each photo.
    static Graph graph(ImageFolder folder) {
        var graph = Graph.named("train");
        var photos = graph.read(folder.shuffled());
        var flip = graph.add(CoinFlip.of(0.5));
        var image =
                photos.get("encoded")
                        .then(DecodeImage.rgb())
                        .then(RandomResizedCrop.to(SIDE, SIDE).area(0.5, 1))
                        .then(Flip.horizontal(flip))
                        .then(NORMALIZE);
        graph.output("image", image);
        graph.output("label", photos.get("label"));
        return graph;
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
            throw new ParameterException(
                    command.commandLine(), epochs + " epochs, at least 1 is needed");
        }
        var options = given.options();
        given.fetchPhotos();
        var photos = given.photos();
        var classes = photos.classes();
        if (classes.size() < 2) {
            throw new IOException(
                    "one class; at least 2 sub-folders are needed in " + photos.folder());
        }
        long known = photos.train().open().size();
        var heldOut = photos.heldOut().open(); // before training, as there may be none
        say("%,d photos of %d classes, and %,d held out%n", known, classes.size(), heldOut.size());

        long steps = epochs * ((known - 1) / options.batchSize() + 1);
        try (var network =
                new Network(classes.size(), SIDE, Math.toIntExact(steps), given.seed())) {
            var report = train(network, photos.train(), classes, known, options);
            double toldByNetwork = accuracy(network, photos.heldOut(), options);
            double toldByColour =
                    ColourBaseline.accuracy(photos.train(), photos.heldOut(), options);
            say("%nHeld-out photos told right%n");
            say("  by the network          %5.1f %%%n", 100 * toldByNetwork);
            say("  by their mean colour    %5.1f %%%n", 100 * toldByColour);
            say("  by chance               %5.1f %%%n%n", 100 * commonest(heldOut, classes.size()));
            say("%s%n", report);
        }
        say("A training batch with its labels: %s%n", sheet);
        return CommandLine.ExitCode.OK;
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
            Network network, ImageFolder folder, List<String> classes, long known, Options options)
            throws IOException {
        try (var pipeline = graph(folder).build(options);
                var progress = new Progress(out(), isTerminal(), epochs, known)) {
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

    private static double accuracy(Network network, ImageFolder folder, Options options) {
        long correct = 0;
        try (var pipeline = testGraph(folder).build(options)) {
            for (var batch : pipeline.epoch()) {
                try (var arrays = BatchArrays.of(batch, network.manager())) {
                    correct += network.correct(arrays.get("image"), arrays.get("label"));
                }
            }
            return (double) correct / pipeline.report().samples();
        }
    }

    /// The share of the class that has most photos: what one can reach without looking.
    private static double commonest(ImageFiles photos, int classes) {
        var counts = new long[classes];
        for (long i = 0; i < photos.size(); i++) {
            counts[photos.label(i)]++;
        }
        return (double) Longs.max(counts) / photos.size();
    }

    private void draw(Batch batch, List<String> classes) throws IOException {
        var images = new ArrayList<BufferedImage>();
        var names = new ArrayList<String>();
        for (int i = 0; i < batch.size(); i++) {
            images.add(picture(batch.get("image").get(i)));
            names.add(classes.get((int) batch.get("label").get(i).int64(0)));
        }
        Files.createDirectories(sheet.toAbsolutePath().getParent());
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
