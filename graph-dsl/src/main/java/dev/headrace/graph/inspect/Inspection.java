package dev.headrace.graph.inspect;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.run.Report;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.picture.ContactSheet;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/// What is inside a graph: its first batch, value by value.
///
/// ```java
/// Inspection.of(graph, Options.batchSize(16)).print(System.out);
/// ```
///
/// For each value it tells type and shape, range, mean, standard deviation, a histogram, how many
/// elements are zero, NaN or infinite, and whether the samples lie in one block; then what did not
/// run, and why. Everything a batch goes through is kept until it was looked at, so this takes more
/// memory than training does.
///
/// Immutable: it holds nothing of the batch but what it tells, and small images.
public final class Inspection {
    /// The most images of a value: {@value}, those of the first samples.
    static final int MOST_IMAGES = 16;

    /// The most images of all values together: {@value}.
    static final int MOST_IMAGES_IN_ALL = 512;

    private final Plan plan;
    private final Seen seen;
    private final Optional<HeadraceException> failure;

    /// What was seen of a batch.
    ///
    /// @param samples how many it has
    /// @param nodes the names of those that ran
    /// @param looks at values, by name
    /// @param badSamples those that others were taken for
    /// @param got what the node that failed got of the sample at which it did
    record Seen(
            int samples,
            ImmutableSet<String> nodes,
            ImmutableMap<String, Look> looks,
            ImmutableList<Report.BadSampleRow> badSamples,
            ImmutableList<Look> got) {
        private static final Seen NOTHING =
                new Seen(
                        0,
                        ImmutableSet.of(),
                        ImmutableMap.of(),
                        ImmutableList.of(),
                        ImmutableList.of());
    }

    private Inspection(Plan plan, Seen seen, Optional<HeadraceException> failure) {
        this.plan = plan;
        this.seen = seen;
        this.failure = failure;
    }

    /// Runs the first batch of a graph, and looks at it.
    ///
    /// @throws dev.headrace.engine.error.BadGraph if there is nothing that could run
    public static Inspection of(Graph graph, Options options) {
        return of(graph.spec(), options);
    }

    /// Runs the first batch of a graph, and looks at it. If the batch fails, all that does not need
    /// the node that failed is run again, to be looked at.
    ///
    /// @throws dev.headrace.engine.error.BadGraph if there is nothing that could run
    public static Inspection of(GraphSpec graph, Options options) {
        var plan = Plan.of(graph.peeked(), options.prefetch(1));
        try {
            return new Inspection(
                    plan, run(plan, ImmutableSet.of(), OptionalLong.empty()), Optional.empty());
        } catch (BadSample | BadBatch | NoRoom failure) {
            return new Inspection(plan, reached(plan, failure), Optional.of(failure));
        }
    }

    private static Seen run(Plan plan, ImmutableSet<String> inputs, OptionalLong position) {
        try (var pipeline = Pipeline.of(plan)) {
            var batch = pipeline.next();
            var looks = looks(batch);
            var got = ImmutableList.<Look>builder();
            for (var input : Sets.intersection(inputs, looks.keySet())) {
                sample(batch.peek(input), position)
                        .ifPresent(tensor -> got.add(Look.of(looks.get(input), tensor)));
            }
            return new Seen(
                    batch.size(),
                    plan.nodes().stream()
                            .map(node -> node.where().node())
                            .collect(toImmutableSet()),
                    looks,
                    pipeline.report().badSamples(),
                    got.build());
        }
    }

    private static Optional<Tensor> sample(TensorList list, OptionalLong position) {
        return IntStream.range(0, list.size())
                .filter(i -> OptionalLong.of(list.id(i).position()).equals(position))
                .mapToObj(list::get)
                .findFirst();
    }

    private static ImmutableMap<String, Look> looks(Batch batch) {
        var looks = ImmutableMap.<String, Look>builder();
        int images = 0;
        for (var name : batch.peeks()) {
            int most = Math.min(MOST_IMAGES, MOST_IMAGES_IN_ALL - images);
            var look = Look.of(name, batch.peek(name), batch.size(), most);
            looks.put(name, look);
            images += look.images().size();
        }
        return looks.buildOrThrow();
    }

    /// What is seen without the node that failed, and, if others fail then, without those.
    private static Seen reached(Plan plan, HeadraceException failure) {
        var inputs = failure.where().map(where -> inputs(plan, where)).orElse(ImmutableSet.of());
        var position = failure.where().map(Where::sample).orElse(OptionalLong.empty());
        var remnant = new Remnant(plan);
        var latest = failure;
        while (latest.where().isPresent() && remnant.cut(latest.where().get().node())) {
            try {
                return remnant.plan().map(rest -> run(rest, inputs, position)).orElse(Seen.NOTHING);
            } catch (BadSample | BadBatch | NoRoom next) {
                latest = next;
            }
        }
        return Seen.NOTHING;
    }

    /// The names of the values that a node takes.
    private static ImmutableSet<String> inputs(Plan plan, Where where) {
        return plan.nodes().stream()
                .filter(node -> node.where().node().equals(where.node()))
                .flatMap(node -> node.inputs().stream())
                .flatMap(input -> nameOf(plan, input).stream())
                .collect(toImmutableSet());
    }

    /// The name under which a value is looked at; of those of equal nodes, the first.
    static Optional<String> nameOf(Plan plan, Binding input) {
        return plan.peeks().entrySet().stream()
                .filter(peek -> peek.getValue().equals(input))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /// Why the batch failed, if it did: [BadSample], [BadBatch] or [NoRoom].
    public Optional<HeadraceException> failure() {
        return failure;
    }

    Plan plan() {
        return plan;
    }

    Seen seen() {
        return seen;
    }

    /// Writes a contact sheet for each value whose samples are images: a PNG file that is named
    /// after the value. A file that is there is replaced.
    ///
    /// @param folder made if it is not there
    /// @return the files, in the order of the plan
    public ImmutableList<Path> writeImages(Path folder) throws IOException {
        Files.createDirectories(folder);
        var files = new FileNames();
        var written = ImmutableList.<Path>builder();
        for (var look : seen.looks().values()) {
            if (!look.images().isEmpty()) {
                var file = folder.resolve(files.name(look.name()) + ".png");
                ImageIO.write(sheet(look), "png", file.toFile());
                written.add(file);
            }
        }
        return written.build();
    }

    private static BufferedImage sheet(Look look) {
        return ContactSheet.draw(
                look.images().stream().map(Look.Image::picture).toList(),
                look.images().stream().map(Look.Image::name).toList());
    }

    /// Prints [#toString()].
    public void print(PrintStream to) {
        to.print(this);
        to.flush();
    }

    /// All that was seen, for people: lines of at most 100 columns where words allow.
    @Override
    public String toString() {
        return InspectionText.of(this);
    }
}
