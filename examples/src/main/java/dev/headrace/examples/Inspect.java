package dev.headrace.examples;

import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.inspect.Inspection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Runs the first batch of a graph, and prints what is inside, value by value.
@Command(
        name = "inspect",
        description = "Run the first batch of a graph, and print what is inside, value by value.")
final class Inspect extends GraphCommand {
    private static final String FOLDER = "out/inspect";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = FOLDER,
            scope = ScopeType.INHERIT,
            description =
                    "Folder for the images, a PNG file for each value that is one"
                            + " (${DEFAULT-VALUE}).")
    private Path folder;

    @Override
    void show(String name, GraphSpec graph, Options options, Preparation preparation)
            throws Exception {
        checkFolder();
        preparation.run();
        var inspection = Inspection.of(graph, options);
        out().print(inspection);
        var images = inspection.writeImages(folder);
        if (!images.isEmpty()) {
            out().printf("%nImages of the first samples%n");
            images.forEach(image -> out().printf("  %s%n", image));
        }
        out().flush();
        if (inspection.failure().isPresent()) {
            throw inspection.failure().get();
        }
    }

    /// Refuses, before anything is run, a folder that could not be made later.
    private void checkFolder() throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw wrong("%s is a file; --out takes the name of a folder", folder);
        }
        var parent = folder.toAbsolutePath().getParent();
        if (folder.equals(Path.of(FOLDER))) {
            Files.createDirectories(parent);
        } else if (!Files.isDirectory(folder) && !Files.isDirectory(parent)) {
            throw wrong("there is no folder %s for %s to be made in", parent, folder);
        }
    }
}
