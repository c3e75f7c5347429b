package dev.headrace.engine.run;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;

/// How much faster training could be at best, if its batches took no time: measured by training on
/// a few batches again and again, while nothing is computed.
///
/// ```java
/// try (var headspace = pipeline.headspace(4)) {
///     for (var batch : headspace.take(100)) {
///         model.step(batch.get("image"), batch.get("label"));
///     }
///     System.out.println(headspace); // training alone takes 41.0 ms for a batch of 64, …
/// }
/// ```
///
/// It is asked by one thread at a time, which may not ask the pipeline meanwhile. Its batches are
/// lent as the pipeline's are, until the next is asked for; one that is given again is the same
/// memory. Close it to go on with the pipeline.
public final class Headspace implements AutoCloseable {
    private final Pipeline pipeline;
    private final Report before;
    private final long end;

    // used by who asks
    private boolean full;
    private int turn;

    // guarded by this
    private final List<LentBatch> kept = new ArrayList<>();
    private boolean closed;
    private boolean released;
    private long given;
    private long working;
    private long samples;
    private long nanos;

    /// @param before how it has gone until now
    /// @param end the number of the first iteration that is not to be kept
    Headspace(Pipeline pipeline, Report before, long end) {
        this.pipeline = pipeline;
        this.before = before;
        this.end = end;
    }

    /// So many batches to train on: first those that are kept, as they come from the pipeline, then
    /// the same ones again and again, which is what is measured.
    ///
    /// An iteration that fails throws, as from the pipeline, and asking again goes on.
    ///
    /// @param count at least 0; more than are kept
    public Iterable<Batch> take(int count) {
        checkArgument(count >= 0, "%s batches", count);
        return () ->
                new Iterator<>() {
                    private int left = count;
                    private Batch ahead;

                    @Override
                    public boolean hasNext() {
                        if (ahead == null) {
                            ahead = ask(left > 0);
                            left--;
                        }
                        return ahead != null;
                    }

                    @Override
                    public Batch next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException("no batch is left");
                        }
                        var batch = ahead;
                        ahead = null;
                        return batch;
                    }
                };
    }

    /// The next batch; null if none is wanted, or there are none at all.
    private Batch ask(boolean wanted) {
        stepEnds();
        if (!wanted) {
            pipeline.takeBack();
            return null;
        }
        var batch = full ? null : keepOneMore();
        if (batch == null && !kept().isEmpty()) {
            if (!full) {
                pipeline.settle();
                full = true;
            }
            var all = kept();
            batch = pipeline.lendAgain(all.get(turn++ % all.size()));
            stepBegins(batch.size());
        }
        return batch;
    }

    private LentBatch keepOneMore() {
        var all = kept();
        if (!all.isEmpty() && !pipeline.hasRoom()) {
            return null;
        }
        var batch = pipeline.oneMore(all, end);
        if (batch != null) {
            keep(batch.look().orElseThrow(Headspace::wasClosed));
        }
        return batch;
    }

    private synchronized List<LentBatch> kept() {
        if (closed) {
            throw wasClosed();
        }
        return List.copyOf(kept);
    }

    static IllegalStateException wasClosed() {
        return new IllegalStateException("this headspace was closed");
    }

    private synchronized void keep(LentBatch batch) {
        kept.add(batch);
        if (released) {
            batch.close();
        }
    }

    private synchronized void stepBegins(int size) {
        working = size;
        given = System.nanoTime();
    }

    private synchronized void stepEnds() {
        if (working > 0) {
            nanos += System.nanoTime() - given;
            samples += working;
            working = 0;
        }
    }

    /// What training takes for a batch that is already there: the time from getting one to asking
    /// for the next, scaled to a full batch. Zero if none was given again so far.
    public synchronized Duration trainingAlone() {
        return forABatch(batchSize(), samples, nanos);
    }

    /// What training and waiting took for a full batch with the pipeline, before this was asked for
    /// and without the first batch. Zero if there were none.
    public Duration withPipeline() {
        var consumer = before.consumer();
        return forABatch(
                batchSize(),
                consumer.samples(),
                consumer.waited().plus(consumer.worked()).toNanos());
    }

    private int batchSize() {
        return pipeline.plan().options().batchSize();
    }

    /// The time for a full batch, given that for a number of samples.
    static Duration forABatch(int batchSize, long samples, long nanos) {
        return samples == 0
                ? Duration.ZERO
                : Duration.ofNanos(Math.round((double) nanos / samples * batchSize));
    }

    /// How many times faster training could be at best; 1 if nothing is known yet, or a little
    /// below where it makes no difference.
    public double timesFaster() {
        long alone = trainingAlone().toNanos();
        long with = withPipeline().toNanos();
        return alone == 0 || with == 0 ? 1 : (double) with / alone;
    }

    /// Lets go of the batches, and the pipeline goes on behind them. The batch that was given last
    /// stays valid until the pipeline is asked for the next. Closing twice does nothing.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        release();
        pipeline.ended(this);
    }

    /// Gives the memory of the batches back.
    void release() {
        List<LentBatch> all;
        synchronized (this) {
            released = true;
            all = List.copyOf(kept);
        }
        all.forEach(LentBatch::close);
    }

    /// The result, in a sentence.
    @Override
    public String toString() {
        return sentence(batchSize(), trainingAlone(), withPipeline());
    }

    static String sentence(int batchSize, Duration alone, Duration with) {
        if (alone.isZero()) {
            return "nothing was trained on again yet: take more batches than are kept";
        }
        var known =
                "training alone takes " + ReportText.time(alone) + " for a batch of " + batchSize;
        if (with.isZero()) {
            return known + "; to compare, train on some batches of the pipeline before";
        }
        double times = (double) with.toNanos() / alone.toNanos();
        return known
                + ", with this pipeline "
                + ReportText.time(with)
                + (times < 1.01
                        ? ": a faster pipeline gains nothing"
                        : String.format(Locale.ROOT, ": at best %.2f times faster", times));
    }
}
