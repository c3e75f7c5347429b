package dev.headrace.examples;

import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.picture.Picture;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Draws a graph, as it was asked for and as it runs. Nothing is read or run.
@Command(
        name = "draw",
        description = "Draw a graph, as it was asked for and as it runs; nothing is run.")
final class Draw extends GraphCommand {
    private static final Path FOLDER = Path.of("out");

    @Option(
            names = "--out",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description =
                    "File to draw to, in the format of its ending: .html to look around in, .svg,"
                            + " .dot (Graphviz), .mmd (Mermaid), or .json, the graph itself (out/"
                            + " with the graph's name, .html).")
    private Path file;

    @Override
    void show(GraphSpec graph, Options options, Preparation preparation) throws Exception {
        if (file == null) {
            Files.createDirectories(FOLDER);
            file = FOLDER.resolve(graph.name().replaceAll("[^\\w.-]", "_") + ".html");
        }
        var picture = Picture.of(Plan.of(graph, options));
        try {
            picture.write(file);
        } catch (IllegalArgumentException refused) {
            throw wrong("%s", refused.getMessage());
        }
        out().printf("Drawn to %s%n", file);
        out().flush();
    }
}
