package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

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
/// What is put is read in order, each by one iteration, whatever the pipeline's batch size; it
/// may change from batch to batch. A batch that is asked for before one was put is refused, not
/// waited for. An iteration that fails has used up its batch. A feed belongs to one pipeline at
/// a time; putting is safe from any thread. What was lent to it and never read is released by
/// [#close()], which is the user's to call, after the pipeline's.
///
/// @param outputs the names of the outputs
/// @param queue what was put and not read yet; every feed has its own
public record Feed(ImmutableList<String> outputs, Queue queue)
        implements SequentialSource<Long>, AutoCloseable {
    /// Batches that were put and not read yet. Safe from any thread; compared by identity.
    public static final class Queue {
        private final ArrayDeque<Fed> waiting = new ArrayDeque<>();
        private boolean ended;
        private boolean closed;

        Queue() {}

        synchronized void put(List<List<?>> samples) {
            if (closed) {
                throw new IllegalStateException("a batch was put into a feed that was closed");
            }
            ended = false;
            waiting.add(new Fed(samples, false));
        }

        synchronized void end() {
            if (ended) {
                return;
            }
            ended = true;
            var last = waiting.pollLast();
            waiting.add(new Fed(last == null ? List.of() : last.samples, true));
        }

        synchronized void close() {
            closed = true;
            waiting.forEach(fed -> fed.samples.forEach(Values::release));
            waiting.clear();
        }

        synchronized Fed poll() {
            return waiting.poll();
        }

        /// How many iterations can read from it.
        public synchronized int size() {
            return waiting.size();
        }
    }

    private record Fed(List<List<?>> samples, boolean last) {}

    public Feed {
        Values.checkNames(outputs);
        requireNonNull(queue, "queue");
    }

    /// A feed of these outputs; of one named `out` if none is given.
    public static Feed of(String... outputs) {
        return new Feed(Values.names(outputs), new Queue());
    }

    /// Gives the pipeline one more batch.
    ///
    /// @param samples at least one; what a sample is says [External]
    /// @throws IllegalArgumentException if one is no sample; none is taken then
    /// @throws IllegalStateException if the feed was closed; none is taken either
    public void put(List<?> samples) {
        checkArgument(!samples.isEmpty(), "a batch of no samples was put");
        var batch = new ArrayList<List<?>>();
        for (var sample : samples) {
            batch.add(Values.of(sample, outputs, "sample " + batch.size() + " put into Feed is "));
        }
        queue.put(batch);
    }

    /// Ends the epoch behind what was put so far. What is put from now on belongs to the next.
    /// Ending it twice does nothing.
    public void end() {
        queue.end();
    }

    /// Releases what was put and not read. Nothing can be put any more. Closing twice does nothing.
    @Override
    public void close() {
        queue.close();
    }

    @Override
    public boolean ready(int iterations) {
        return queue.size() > iterations;
    }

    @Override
    public Long start() {
        return 0L;
    }

    /// @return the number of batches read in this epoch
    @Override
    public Long read(Long before, BatchOutputs out, BatchContext context) {
        var fed = queue.poll();
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
