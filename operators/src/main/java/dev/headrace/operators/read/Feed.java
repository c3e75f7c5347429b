package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.SequentialSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A source that the user's own loop feeds, one batch an iteration.
///
/// ```java
/// var feed = Feed.of("image", "label");
/// var fed = graph.read(feed);
/// // …
/// feed.put(List.of(List.of(image0, label0), List.of(image1, label1)));
/// var batch = pipeline.next();
/// ```
///
/// What is put is read in order, each by one iteration, whatever the pipeline's batch size; it may
/// change from batch to batch. A batch that is asked for before one was put is refused, not waited
/// for. An iteration that fails has used up its batch. A feed belongs to one pipeline at a time;
/// putting is safe from any thread.
public final class Feed implements SequentialSource<Long> {
    private final ImmutableList<String> outputs;
    private final ArrayDeque<Fed> queue = new ArrayDeque<>(); // its own lock

    private record Fed(List<List<?>> samples, boolean last) {}

    private Feed(ImmutableList<String> outputs) {
        Values.checkNames(outputs);
        this.outputs = outputs;
    }

    /// A feed of these outputs; of one named `out` if none is given.
    public static Feed of(String... outputs) {
        return new Feed(Values.names(outputs));
    }

    /// Gives the pipeline one more batch.
    ///
    /// @param samples at least one; what a sample is says [External]
    /// @throws IllegalArgumentException if one is no sample; none is taken then
    public void put(List<?> samples) {
        checkArgument(!samples.isEmpty(), "a batch of no samples was put");
        var batch = new ArrayList<List<?>>();
        for (var sample : samples) {
            batch.add(
                    Values.of(sample, outputs, "Feed: sample " + batch.size() + " of a batch is "));
        }
        synchronized (queue) {
            queue.add(new Fed(batch, false));
        }
    }

    /// Ends the epoch behind what was put so far. What is put from now on belongs to the next.
    /// Ending it twice does nothing.
    public void end() {
        synchronized (queue) {
            var last = queue.pollLast();
            queue.add(new Fed(last == null ? List.of() : last.samples, true));
        }
    }

    /// How many batches were put and not read yet.
    public int queued() {
        synchronized (queue) {
            return (int) queue.stream().filter(fed -> !fed.samples.isEmpty()).count();
        }
    }

    @Override
    public List<String> outputs() {
        return outputs;
    }

    @Override
    public boolean ready(int iterations) {
        synchronized (queue) {
            return queue.size() > iterations;
        }
    }

    @Override
    public Long start() {
        return 0L;
    }

    /// @return the number of batches read in this epoch
    @Override
    public Long read(Long before, BatchOutputs out, BatchContext context) {
        Fed fed;
        synchronized (queue) {
            fed = queue.poll();
        }
        if (fed == null) {
            throw new BadBatch("Feed: nothing was put for this batch");
        }
        if (fed.last) {
            context.end();
        }
        Values.give(fed.samples, out);
        return before + 1;
    }
}
