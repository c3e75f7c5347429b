package dev.headrace.examples;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options that say which photos are fed, and how.
final class PhotoOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Your own photos: a folder with one sub-folder a class. A tenth of each class,"
                            + " chosen by a hash of the name, is held out; of a class of two or"
                            + " more, at least one. Without it: sample photos of twelve classes.")
    private Path data;

    @Option(
            names = "--python-workers",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Processes that run the Python function (${DEFAULT-VALUE}: it runs in the"
                            + " JVM's own). The batches are the same.")
    private int pythonWorkers;

    @Mixin private RunOptions run;

    /// The photos of one run.
    ///
    /// @param train to learn from
    /// @param heldOut to test with; its labels mean the same classes
    /// @param folder whose sub-folders are the classes
    record Photos(ImageFolder train, ImageFolder heldOut, Path folder) {
        /// The names of the classes: a label is the place in this list.
        ImmutableList<String> classes() throws IOException {
            return ImageFolder.classes(folder);
        }
    }

    /// The photos asked for. Sample photos may be missing yet.
    Photos photos() {
        if (data != null) {
            var all = ImageFolder.at(data);
            return new Photos(all.trainPart(), all.heldOutPart(), data);
        }
        var sample = SamplePhotos.cached();
        return new Photos(
                ImageFolder.at(sample.train()), ImageFolder.at(sample.heldOut()), sample.train());
    }

    /// The folder of one's own photos, if it is not there.
    Optional<Path> missing() {
        return Optional.ofNullable(data).filter(folder -> !Files.isDirectory(folder));
    }

    /// Fetches the sample photos if they are asked for and missing.
    void fetchPhotos() throws IOException, InterruptedException {
        if (data == null) {
            var python = Headrace.home().resolve(".venv/bin/python");
            SamplePhotos.cached().fetchIfMissing(python);
        }
    }

    /// What train runs.
    ///
    /// @throws picocli.CommandLine.ParameterException if a number is out of range
    Graph graph() {
        return Headrace.checked(command, () -> Train.graph(photos().train(), pythonWorkers));
    }

    /// How the photos are fed.
    ///
    /// @throws picocli.CommandLine.ParameterException if a number is out of range
    Options options() {
        return Headrace.checked(command, run::options);
    }

    /// The seed of all that is random.
    long seed() {
        return run.seed();
    }
}
