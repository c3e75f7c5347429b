package dev.headrace.examples;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.picture.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Draws a graph, as it was asked for and as it would run. Nothing is read or run.
@Command(
        name = "draw",
        description = "Draw a graph, as it was asked for and as it would run; nothing is run.")
final class Draw extends GraphCommand {
    private static final String WITHOUT_JSON =
            "\n  a name that ends in .html, .svg, .dot or .mmd has it drawn all the same";

    @Option(
            names = "--out",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description =
                    "File to draw to. Its ending says the format: .html, .svg, .dot, .mmd, or .json"
                            + " for the graph itself (out/NAME.html, NAME being the program's"
                            + " or the file's).")
    private Path file;

    @Override
    void show(String name, GraphSpec graph, Options options, Preparation preparation)
            throws IOException {
        var to = file == null ? inOut(name) : file;
        Plan plan;
        try {
            plan = Plan.of(graph, options);
        } catch (BadGraph refused) {
            write(Picture.of(graph).with(refused), to, "as it was asked for");
            throw refused;
        }
        write(Picture.of(plan), to, "as it was asked for and as it would run");
    }

    private static Path inOut(String name) throws IOException {
        return Files.createDirectories(Path.of("out")).resolve(name + ".html");
    }

    private void write(Picture picture, Path to, String what) throws IOException {
        try {
            picture.write(to);
        } catch (IllegalArgumentException refused) {
            throw wrong("%s", refused.getMessage());
        } catch (BadGraph noForm) {
            throw new BadGraph(noForm.getMessage() + WITHOUT_JSON, noForm);
        }
        out().printf("The graph, %s: %s%n", what, to);
        out().flush();
    }
}
