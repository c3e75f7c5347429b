package dev.headrace.engine.run;

import static com.google.common.base.Preconditions.checkArgument;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.BadSamples;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Supplier;

/// A running graph: it delivers batches until it is closed.
///
/// Batches are asked for from one thread at a time; [#close()] and [#report()] may be called from
/// any. An iteration that fails throws from the call that asked for it, and the next call goes on
/// with the next iteration.
public final class Pipeline implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.headrace.engine.run");

    private final Flow flow;
    private final Resources resources;
    private final Ledger ledger;
    private final Notices notices = new Notices(LOG, System::nanoTime);
    private final InHand inHand = new InHand();
    private Headspace headspace; // guarded by this
    private boolean closed; // guarded by this

    private Pipeline(Plan plan) {
        flow = new Flow(plan);
        resources = flow.resources;
        ledger = new Ledger(resources, flow);
    }

    /// Opens the plan's sources, starts its operators with state and its workers.
    ///
    /// @throws BadGraph if a source cannot be opened, or with all
    ///     operators that cannot be started
    public static Pipeline of(Plan plan) {
        var pipeline = new Pipeline(plan);
        try {
            pipeline.flow.start();
            LOG.log(
                    Level.DEBUG,
                    () -> "pipeline " + plan.graph().name() + " runs:\n" + plan.explain());
        } catch (Throwable failure) {
            pipeline.close();
            throw failure;
        }
        return pipeline;
    }

    /// What runs.
    public Plan plan() {
        return resources.plan;
    }

    /// The next batch, of the next epoch where this one has ended. Nothing of the next epoch is
    /// begun before it is asked for. The batch before is released.
    ///
    /// @throws dev.headrace.engine.error.HeadraceException if the iteration failed
    /// @throws java.util.concurrent.CancellationException if this thread is interrupted; its
    ///     interrupt flag is set, nothing is lost, and the next call goes on
    /// @throws NoSuchElementException if the epoch turns out to have no samples
    /// @throws IllegalStateException if the pipeline is closed, or a source that is fed has nothing
    public Batch next() {
        for (int tries = 0; tries < 2; tries++) {
            long epoch = flow.currentEpoch();
            var batch = take(epoch, Long.MAX_VALUE);
            if (batch != null) {
                return batch;
            }
        }
        throw new NoSuchElementException(
                "epoch " + (flow.currentEpoch() - 1) + " of " + name() + " has no samples");
    }

    /// From now on batches are handed over on a stream of the consumer's: what is queued there
    /// after a batch was got finds its outputs computed, and nobody on the host waits for that.
    /// What of a batch lies on the host is there when it is got, as ever.
    ///
    /// A batch is given back, at its close or with the next, behind what was queued on the stream
    /// until then: its memory is used again once that is done. Work on other streams has to be
    /// ordered by whoever queues it.
    ///
    /// @param stream its handle, a `CUstream` of a device that the pipeline uses, such as
    ///     `torch.cuda.current_stream().cuda_stream`. It is trusted, and must not be destroyed
    ///     before all batches are closed and the pipeline is. 0 is the default stream of the
    ///     device, where only one is used; 2, that of a thread, is none
    /// @return this
    /// @throws IllegalArgumentException if it is no stream of a device of this pipeline
    /// @throws IllegalStateException if no output lies on a device, the pipeline is closed, or a
    ///     headspace of it is open
    public Pipeline deliverOn(long stream) {
        if (plan().outputs().values().stream().noneMatch(this::isOnDevice)) {
            throw new IllegalStateException(
                    "no output of %s lies on a device: its batches are on the host when they come"
                            .formatted(name()));
        }
        synchronized (this) {
            checkOpen();
            checkNoHeadspace(); // the batches that it keeps are given back on the stream before
            resources.consumer = resources.gpus.foreign(stream);
        }
        return this;
    }

    private boolean isOnDevice(Binding output) {
        return output instanceof Binding.OfValue(int value)
                && !plan().deviceOf(value).equals(Device.HOST);
    }

    /// What is left of the current epoch, or the whole next one where nothing is left. Leaving the
    /// loop, or a failure in it, keeps the place: asking again goes on.
    ///
    /// @throws IllegalStateException if the graph has no source, so that its epoch has no end
    public Iterable<Batch> epoch() {
        return epochs(1);
    }

    /// The rest of the current epoch and the following ones, `count` in all, prefetching across
    /// their ends.
    ///
    /// @param count at least 1
    /// @throws IllegalStateException if the graph has no source, so that its epoch has no end
    public Iterable<Batch> epochs(int count) {
        checkArgument(count >= 1, "%s epochs", count);
        if (resources.schedule.iterations() == Long.MAX_VALUE
                && resources.links.sources.isEmpty()) {
            throw new IllegalStateException(
                    name() + " has no source, so its epoch has no end; use take(n) or endless()");
        }
        long through = flow.currentEpoch() + count - 1;
        return () -> new Batches(through, Long.MAX_VALUE);
    }

    /// Batches without end, prefetching across the ends of epochs.
    public Iterable<Batch> endless() {
        return () -> new Batches(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /// The next `count` batches, across the ends of epochs. For a graph without a source, which has
    /// no epochs of its own, this bounds what is computed.
    ///
    /// @param count at least 0
    public Iterable<Batch> take(long count) {
        checkArgument(count >= 0, "%s batches", count);
        long before = flow.delivered() + count;
        return () -> new Batches(Long.MAX_VALUE, before);
    }

    /// A cursor that asks for a batch when it is asked whether there is one more.
    private final class Batches implements Iterator<Batch> {
        private final long through;
        private final long before;
        private Batch ahead;

        Batches(long through, long before) {
            this.through = through;
            this.before = before;
        }

        @Override
        public boolean hasNext() {
            if (ahead == null) {
                ahead = take(through, before);
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
    }

    private Batch take(long throughEpoch, long beforeNumber) {
        synchronized (this) {
            checkNoHeadspace();
        }
        return takeNow(throughEpoch, beforeNumber);
    }

    private void checkNoHeadspace() {
        if (headspace != null) {
            throw new IllegalStateException(
                    "a headspace of " + name() + " is open: close it, then the pipeline goes on");
        }
    }

    private LentBatch takeNow(long throughEpoch, long beforeNumber) {
        resources.asking.begin();
        try {
            ledger.asks();
            inHand.release();
            var iteration = await(throughEpoch, beforeNumber);
            if (iteration == null) {
                return null;
            }
            return deliver(iteration);
        } finally {
            ledger.stopsWaiting();
            resources.asking.end();
        }
    }

    private Iteration await(long throughEpoch, long beforeNumber) {
        var wait = WaitEvent.start();
        if (wait == null) {
            return flow.take(throughEpoch, beforeNumber);
        }
        Iteration taken = null;
        try {
            taken = flow.take(throughEpoch, beforeNumber);
            return taken;
        } finally {
            if (taken != null) {
                wait.iteration = taken.number;
                wait.epoch = taken.epoch;
            }
            wait.end(resources, Resources.CONSUMER, WaitEvent.FOR_A_BATCH);
        }
    }

    private LentBatch deliver(Iteration iteration) {
        var on = resources.consumer;
        if (on != null) {
            flow.handOver(iteration, on);
        }
        var failure = reasonToFail(iteration);
        if (failure != null) {
            iteration.releaseAll();
            iteration.traceEnd(IterationEvent.FAILED, failure);
            ledger.fails(iteration, failure);
            // whoever asked is told: a warning would be the same twice
            LOG.log(Level.DEBUG, "pipeline " + name() + ": an iteration failed", failure);
            throw failure;
        }
        iteration.traceEnd(IterationEvent.DELIVERED, null);
        var batch = LentBatch.of(iteration, on, flow::goOn);
        int size = batch.size();
        synchronized (this) {
            if (closed) {
                batch.close();
            }
            checkOpen();
            inHand.give(batch);
        }
        ledger.delivers(iteration, size);
        return batch;
    }

    private RuntimeException reasonToFail(Iteration iteration) {
        if (iteration.failure() != null) {
            return iteration.failure().reason();
        }
        var bad = new ArrayList<>(iteration.recovered);
        bad.sort(
                Comparator.comparingLong(Iteration.Recovered::epoch)
                        .thenComparingLong(Iteration.Recovered::position)
                        .thenComparingInt(Iteration.Recovered::attempt));
        var policy = resources.plan.options().badSamples();
        var does = policy instanceof BadSamples.Replace ? "replaced" : "skipped";
        long atMost =
                switch (policy) {
                    case BadSamples.Fail() -> 0;
                    case BadSamples.Skip skip -> skip.atMost();
                    case BadSamples.Replace replace -> replace.atMost();
                };
        for (var sample : bad) {
            if (ledger.recovered(sample) > atMost) {
                return tooMany(sample.reason(), atMost);
            }
            notices.say(
                    Level.WARNING,
                    "bad samples of " + name(),
                    () ->
                            "pipeline "
                                    + name()
                                    + " "
                                    + does
                                    + " a bad sample: "
                                    + sample.reason().getMessage());
        }
        return null;
    }

    private static RuntimeException tooMany(BadSample reason, long atMost) {
        return new BadBatch(
                reason.what() + "; it is one bad sample more than the " + atMost + " allowed",
                reason.where().orElse(null),
                reason);
    }

    /// The batch that the consumer holds now, or else the next that it gets within a time, for
    /// somebody who looks at it while the loop goes on; empty where there is none. It stays valid
    /// until it is closed, which should be soon: its memory is not given back before, and does not
    /// count as kept by the user. Safe to call from any thread.
    ///
    /// @param within how long to wait for one; zero does not wait
    /// @throws InterruptedException if this thread is interrupted while it waits
    public Optional<Batch> look(Duration within) throws InterruptedException {
        return inHand.look(within).map(Batch.class::cast);
    }

    private String name() {
        return resources.name();
    }

    /// How the run has gone so far, also after closing. Safe to call from any thread.
    public Report report() {
        return ledger.report();
    }

    /// How much faster training could be at best: a few batches of this pipeline, to be trained on
    /// again and again while nothing is computed. Ask for it after some normal training, which it
    /// compares with.
    ///
    /// It is asked for batches in place of the pipeline until it is closed. The batches that it
    /// gives again are the next ones of the current epoch, each first given as the pipeline would
    /// have, so nothing is lost and nothing is left out: after it is closed the pipeline goes on
    /// behind them. Where the current epoch turns out to have ended, they are those of the next.
    ///
    /// @param batches how many to keep at most; fewer where the epoch ends or memory is short
    /// @throws IllegalStateException if the pipeline is closed, or another headspace is open
    public Headspace headspace(int batches) {
        checkArgument(batches >= 1, "%s batches to keep, at least 1 is needed", batches);
        long before = flow.delivered() + batches;
        var soFar = report();
        synchronized (this) {
            checkOpen();
            if (headspace != null) {
                throw new IllegalStateException("a headspace of " + name() + " is open already");
            }
            headspace = new Headspace(this, soFar, before);
            return headspace;
        }
    }

    /// One more batch to keep in a headspace, of the same epoch as the others; null if none is
    /// left.
    LentBatch oneMore(List<LentBatch> kept, long beforeNumber) {
        if (!kept.isEmpty()) {
            return takeNow(kept.getFirst().epoch(), beforeNumber);
        }
        var first = takeNow(flow.currentEpoch(), beforeNumber);
        return first != null ? first : takeNow(flow.currentEpoch(), beforeNumber);
    }

    /// Whether one more batch can be kept within the memory limit.
    boolean hasRoom() {
        return flow.hasRoom();
    }

    /// Waits until nothing is computed any more.
    void settle() {
        resources.asking.begin();
        try {
            ledger.pauses();
            flow.settle();
        } finally {
            resources.asking.end();
        }
    }

    /// Lends a batch that is kept once more, in place of the one before.
    LentBatch lendAgain(LentBatch kept) {
        resources.asking.begin();
        try {
            inHand.release();
            synchronized (this) {
                checkOpen();
                var again = kept.look().orElseThrow(Headspace::wasClosed);
                inHand.give(again);
                return again;
            }
        } finally {
            resources.asking.end();
        }
    }

    /// Releases what is lent, since the consumer's loop has ended.
    void takeBack() {
        resources.asking.begin();
        try {
            ledger.pauses();
            inHand.release();
        } finally {
            resources.asking.end();
        }
    }

    /// A headspace is closed.
    synchronized void ended(Headspace its) {
        if (headspace == its) {
            headspace = null;
        }
    }

    private String farewell() {
        var report = report();
        return "closed pipeline "
                + ReportText.delivered(report)
                + "; "
                + ReportText.exposed(report)
                + "; "
                + report.bottleneck().sentence();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("pipeline " + name() + " was closed");
        }
    }

    /// Stops the workers, closes the sources and gives back all memory that nobody holds; the batch
    /// that is lent is released. An operator that is running is interrupted and waited for, as long
    /// as the options say; one that does not return is named in the log, and keeps what it uses
    /// until it does.
    /// Batches that were retained stay valid until they are closed. Closing twice does nothing.
    ///
    /// @throws IllegalStateException if called from an operator of this pipeline
    @Override
    public void close() {
        resources.asking.refuseInside("close()");
        Headspace open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = headspace;
        }
        ledger.closes();
        inHand.release();
        inHand.close();
        if (open != null) {
            open.release();
        }
        var stuck = flow.close();
        notices.sayRest();
        LOG.log(Level.DEBUG, (Supplier<String>) this::farewell);
        if (!stuck.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "pipeline {0} was closed while operators were still running on: {1}",
                    name(),
                    String.join(", ", stuck.stream().map(Runner::toString).toList()));
        } else if (!resources.holders().isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "pipeline {0} was closed with memory still held: {1}; {2}",
                    name(),
                    resources.memory.describeKept(),
                    BufferPool.describe(resources.holders()));
        }
    }
}
