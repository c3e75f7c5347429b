package dev.headrace.graph.picture;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Report;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.engine.spec.GraphSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// A drawing of a graph: of what was asked for, or of the plan that runs.
///
/// ```java
/// Picture.of(graph.plan(options)).write(Path.of("graph.html"));
/// ```
///
/// Of a plan, what does not run by itself is drawn faded with the reason, steps are frames around
/// their nodes, and the page shows what was asked for as well. The same graph gives the same text,
/// whatever fonts are installed. Needs no network, neither to draw nor to look. Immutable, so it
/// may be used from any thread.
public final class Picture {
    /// The endings of file names that [#write] knows.
    private static final String ENDINGS = ".html, .svg, .dot, .mmd, .json";

    private final GraphSpec graph;
    private final Optional<Plan> plan;
    private final Optional<Report> report;
    private final ImmutableMap<String, Sample> samples;
    private final Optional<BadGraph> refusal;

    private Picture(
            GraphSpec graph,
            Optional<Plan> plan,
            Optional<Report> report,
            ImmutableMap<String, Sample> samples,
            Optional<BadGraph> refusal) {
        this.graph = graph;
        this.plan = plan;
        this.report = report;
        this.samples = samples;
        this.refusal = refusal;
    }

    /// A drawing of a graph as it was asked for, which may be one that the planner refuses: see
    /// [#with(BadGraph)].
    public static Picture of(GraphSpec graph) {
        return new Picture(
                requireNonNull(graph, "graph"),
                Optional.empty(),
                Optional.empty(),
                ImmutableMap.of(),
                Optional.empty());
    }

    /// A drawing of what runs, and of what was asked for.
    public static Picture of(Plan plan) {
        return new Picture(
                plan.graph(),
                Optional.of(plan),
                Optional.empty(),
                ImmutableMap.of(),
                Optional.empty());
    }

    /// The same with the statistics of a run, which the page shows at each node.
    public Picture with(Report statistics) {
        return new Picture(graph, plan, Optional.of(statistics), samples, refusal);
    }

    /// The same with the first samples of a batch, which the page shows where their values are
    /// made: what they are, and how they look if they are images. Outputs of the graph are shown,
    /// and the values that are looked at (see [dev.headrace.graph.Node#peek()]). The batch is read
    /// now, and not kept.
    public Picture with(Batch batch) {
        var seen = ImmutableMap.<String, Sample>builder();
        batch.names().forEach(name -> seen.put("output " + name, Sample.of(batch.get(name))));
        batch.peeks().forEach(name -> seen.put("value " + name, Sample.of(batch.peek(name))));
        return new Picture(graph, plan, report, seen.buildOrThrow(), refusal);
    }

    /// The same with what the planner says is wrong with the graph: nodes that it names are marked,
    /// and the page shows all of it.
    public Picture with(BadGraph problems) {
        return new Picture(graph, plan, report, samples, Optional.of(problems));
    }

    GraphSpec graph() {
        return graph;
    }

    Optional<Report> report() {
        return report;
    }

    ImmutableMap<String, Sample> samples() {
        return samples;
    }

    /// What the planner says is wrong.
    ImmutableList<String> problems() {
        return refusal.map(BadGraph::problems).orElse(ImmutableList.of());
    }

    Drawing asked() {
        return Asked.of(
                graph, refusal.map(BadGraph::problemsByNode).orElse(ImmutableListMultimap.of()));
    }

    Optional<Drawing> planned() {
        return plan.map(Planned::of);
    }

    private Drawing drawing() {
        return planned().orElseGet(this::asked);
    }

    /// The drawing in the language of Graphviz.
    public String dot() {
        return Dot.of(drawing());
    }

    /// The drawing as a Mermaid flowchart.
    public String mermaid() {
        return Mermaid.of(drawing());
    }

    /// The drawing as SVG, light or dark as the reader's system is.
    public String svg() {
        return Svg.file(drawing());
    }

    /// A page to look around in: one HTML file that holds all it needs.
    public String html() {
        return Page.of(this);
    }

    /// Writes the drawing to a file, in the format of its ending: `.html`, `.svg`, `.dot`
    /// (Graphviz), `.mmd` (Mermaid) or `.json` (the graph itself, which can be read again). A file
    /// that is there is replaced.
    ///
    /// @throws IllegalArgumentException if the ending is none of these, or there is no such folder
    public void write(Path file) throws IOException {
        var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        var ending = name.substring(Math.max(0, name.lastIndexOf('.')));
        checkArgument(
                ImmutableList.copyOf(ENDINGS.split(", ")).contains(ending),
                "cannot draw to %s: its ending says the format, one of %s",
                file,
                ENDINGS);
        var folder = file.toAbsolutePath().getParent();
        checkArgument(
                Files.isDirectory(folder),
                "there is no folder %s for %s to be written to",
                folder,
                file);
        Files.writeString(
                file,
                switch (ending) {
                    case ".html" -> html();
                    case ".svg" -> svg();
                    case ".dot" -> dot();
                    case ".mmd" -> mermaid();
                    default -> GraphJson.write(graph);
                });
    }
}
