package dev.headrace.engine.run;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Mark;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/// One iteration in flight: its ids, the values in its slots, how far each step is, and how it
/// failed, if it did.
final class Iteration {
    /// How an iteration failed: of all failures the one that is first by step, then by sample, so
    /// that it is the same for any number of threads.
    record Failure(int step, int unit, RuntimeException reason) {}

    /// A sample that was skipped or replaced.
    ///
    /// @param node that failed, or that the one that did was fused into
    record Recovered(long epoch, long position, int attempt, PlannedNode node, BadSample reason) {}

    final Resources resources;
    final long number;
    final long epoch;
    final long inEpoch;
    final Ids ids;
    final SlotList[] slots;
    final AtomicInteger[] readersLeft;
    final StepRun[] steps;

    /// By step: the mark behind what a launch has queued.
    final Mark[] marks;

    final AtomicInteger stepsLeft;
    final List<Recovered> recovered = new ArrayList<>();
    private final List<AutoCloseable> extras = new ArrayList<>();
    private final AtomicLong booked = new AtomicLong();
    private volatile Failure failure;
    private volatile boolean cancelled;

    IterationEvent event; // null where nobody records

    int padding; // guarded by this until the iteration is complete

    // guarded by the flow's lock
    Iteration next;
    boolean done;
    long doneNanos;

    Iteration(Resources resources, long number, long epoch, long inEpoch, int count) {
        this.resources = resources;
        this.number = number;
        this.epoch = epoch;
        this.inEpoch = inEpoch;
        ids = newIds(count);
        slots = new SlotList[resources.plan.values().size()];
        readersLeft = new AtomicInteger[slots.length];
        steps = new StepRun[resources.plan.steps().size()];
        marks = new Mark[steps.length];
        stepsLeft = new AtomicInteger(steps.length);
    }

    /// A loan for this iteration, booked.
    ///
    /// @throws dev.headrace.engine.error.NoRoom if what the iteration needs and what the user holds
    ///     would pass the limit
    Buffer lend(long bytes, String name, Home home) {
        book(bytes, name, home);
        return home.lend(bytes, name);
    }

    /// A loan on a guess: what samples turn out to need of it is booked one by one, so that what
    /// is booked does not depend on whether there was a guess.
    Buffer lendAhead(long bytes, String name, Home home) {
        return home.lend(bytes, name);
    }

    /// Books what this iteration needs of the host's memory.
    ///
    /// @throws dev.headrace.engine.error.NoRoom as [#lend]
    void book(long bytes, String name, Home home) {
        if (home.kind() == MemoryKind.DEVICE) {
            return;
        }
        resources.memory.checkRoom(bytes, number, name); // far too much has no size class
        long capacity = BufferPool.capacityOf(bytes, home.kind());
        long all = booked.addAndGet(capacity); // counted first: of two at once one is the last
        try {
            resources.memory.checkRoom(all, number, name);
        } catch (RuntimeException refusal) {
            booked.addAndGet(-capacity);
            throw refusal;
        }
    }

    /// Whether a worker may lend so many bytes of scratch memory. What else the iteration has
    /// booked by now does not count, since that depends on which samples came first.
    void checkScratch(long bytes, String name) {
        resources.memory.checkRoom(bytes, number, name);
    }

    /// All that this iteration has needed so far, in bytes.
    long bookedBytes() {
        return booked.get();
    }

    /// Copies samples that do not lie in one block; counted.
    void copyAll(int count, long bytesEach, IntConsumer copy) {
        resources.meters.packed(bytesEach * count);
        resources.workers.parallel(this, count, bytesEach, copy);
    }

    synchronized void fail(int step, int unit, RuntimeException reason) {
        if (failure == null
                || step < failure.step
                || (step == failure.step && unit < failure.unit)) {
            failure = new Failure(step, unit, reason);
        }
    }

    synchronized void recover(Recovered sample) {
        recovered.add(sample);
    }

    Failure failure() {
        return failure;
    }

    /// A source has filled up its batch; where several do, the one that had least counts.
    synchronized void pad(int repeated) {
        padding = Math.max(padding, repeated);
    }

    void cancel() {
        cancelled = true;
    }

    boolean cancelled() {
        return cancelled;
    }

    /// Whether nothing of it is left to be computed: its steps are done, or it was given up.
    boolean isOver() {
        return cancelled || stepsLeft.get() == 0;
    }

    /// Whether a unit of work has become pointless: the iteration was given up, or has failed
    /// before this place. What comes before the failure still runs, so that the first failure is
    /// found.
    boolean pointless(int step, int unit) {
        if (cancelled) {
            return true;
        }
        var known = failure;
        return known != null && (step > known.step || (step == known.step && unit > known.unit));
    }

    /// States who will read a value: its readers, its maker until it is done, and the batch.
    void expectReaders(Value value) {
        int readers = value.readers().length() + 1 + (value.inBatch() ? 1 : 0);
        readersLeft[value.index()] = new AtomicInteger(readers);
    }

    /// One reader of a value less; the last gives its memory back.
    void releaseReader(Value value) {
        if (readersLeft[value.index()].decrementAndGet() == 0) {
            releaseSlot(value.index());
        }
    }

    private void releaseSlot(int value) {
        var list = slots[value];
        if (list != null) {
            list.release();
        }
    }

    /// Gives everything back; memory last, since with the last of it the devices may close.
    void releaseAll() {
        List<Mark> reached = new ArrayList<>();
        List<AutoCloseable> last;
        synchronized (this) {
            for (int step = 0; step < marks.length; step++) {
                if (marks[step] != null) {
                    reached.add(marks[step]);
                    marks[step] = null;
                }
            }
            last = new ArrayList<>(extras);
            extras.clear();
        }
        Closing.all(reached);
        for (int value = 0; value < slots.length; value++) {
            releaseSlot(value);
        }
        Closing.all(last);
    }

    /// Ids other than the iteration's own, for a step that changes order or number.
    synchronized Ids newIds(int count) {
        var made = new Ids(resources.pool.lend(Ids.bytes(count), "ids"), count);
        extras.add(made.buffer());
        return made;
    }

    /// A tensor that nobody reads, until the iteration is over.
    synchronized Tensor unwanted(TensorSpec spec, Home home) {
        var buffer = lend(spec.bytes(), "an output that nobody reads", home);
        extras.add(buffer);
        return buffer.tensor(spec, 0, true);
    }

    /// A constant as a list: the same memory for each sample.
    synchronized SlotList repeat(String name, Tensor constant, Ids itsIds) {
        var list = new SlotList(this, name, null, false, itsIds, resources.home(MemoryKind.HOST));
        for (int sample = 0; sample < itsIds.count(); sample++) {
            list.share(sample, constant);
        }
        extras.add(list::release);
        return list;
    }

    /// A list whose samples lie in shared memory: the same, or where some do not, one with copies
    /// of those.
    SlotList inSharedMemory(String name, SlotList list) {
        var memory = resources.pool.sharedMemory();
        if (list.isDense() && memory.contains(list.dense().address())) {
            return list;
        }
        var copy =
                new SlotList(
                        this, name, null, false, list.ids(), resources.home(MemoryKind.SHARED));
        synchronized (this) {
            extras.add(copy::release);
        }
        var event = CopyEvent.start();
        long copied = 0;
        Tensor last = null; // a constant is the same for each sample, and copied once
        Tensor lastCopy = null;
        for (int sample = 0; sample < list.size(); sample++) {
            var tensor = list.get(sample);
            if (memory.contains(tensor.address())) {
                copy.share(sample, tensor);
            } else if (last != null
                    && last.address() == tensor.address()
                    && last.spec().equals(tensor.spec())) {
                copy.share(sample, lastCopy);
            } else {
                var made = copy.make(sample, tensor.spec());
                made.copyFrom(tensor);
                resources.meters.packed(tensor.spec().bytes());
                copied += tensor.spec().bytes();
                last = tensor;
                lastCopy = made.freeze();
            }
        }
        if (event != null && copied > 0) {
            event.end(this, list.name(), copied, CopyEvent.TO_SHARE);
        }
        return copy;
    }

    /// It is in flight no longer.
    ///
    /// @param failure null if there was none
    void traceEnd(String outcome, Throwable failure) {
        if (event != null) {
            event.end(this, outcome, failure);
            event = null;
        }
    }

    /// How many samples a step handles, and which.
    Ids idsOf(int countValue) {
        return countValue < 0 ? ids : slots[countValue].ids();
    }
}
