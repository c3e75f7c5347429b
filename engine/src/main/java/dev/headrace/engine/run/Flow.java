package dev.headrace.engine.run;

import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.spec.LastBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The order of things: which iteration may begin, what is delivered next, when all ends.
///
/// One lock guards it; the work on samples goes on without it (see [Steps]).
final class Flow {
    final Resources resources;
    private final Plan plan;
    private final Steps steps;
    private final ReadAhead readAhead;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Iteration> inFlight = new ArrayDeque<>();
    private final Set<Iteration> live = new LinkedHashSet<>();
    private Iteration newest;
    private long asked;
    private long begun;
    private long delivered;
    private long nextEpoch;
    private long nextInEpoch;
    private long lastEpoch;
    private long lastNumber;
    private long emptyEpoch = -1;
    private RuntimeException unsaid;
    private Throwable crash;
    private RuntimeException lost;
    private final Tally memoryWait = new Tally();
    private boolean beginning;
    private boolean closed;
    private WaitEvent memoryWaitEvent; // null where nobody records, or nothing waits for memory

    Flow(Plan plan) {
        this.plan = plan;
        resources = new Resources(plan, this::crash);
        steps = new Steps(resources, this);
        readAhead = new ReadAhead(resources);
    }

    /// Starts operators and workers.
    ///
    /// @throws dev.headrace.engine.error.BadGraph with all operators that cannot be started
    void start() {
        steps.startOperators();
        resources.workers.start(plan.options().threads());
    }

    // ---- what the consumer asks

    /// The next iteration that is complete, or null if none may follow within the bounds.
    ///
    /// @param throughEpoch nothing of later epochs is begun
    /// @param beforeNumber no iteration of this number or a higher one is begun
    Iteration take(long throughEpoch, long beforeNumber) {
        lock.lock();
        try {
            lastEpoch = throughEpoch;
            lastNumber = beforeNumber;
            asked = Math.max(asked, delivered + 1);
            while (true) {
                checkOpen();
                begin();
                var head = inFlight.peekFirst();
                if (head == null) {
                    if (nextEpoch > lastEpoch || begun >= lastNumber) {
                        asked = delivered;
                        emptyEpoch = -1;
                        return null;
                    }
                    checkNotLost();
                    whyNothingBegins();
                } else if (head.epoch > throughEpoch || head.number >= beforeNumber) {
                    asked = delivered;
                    return null;
                } else if (head.done) {
                    inFlight.removeFirst();
                    delivered++;
                    QueueEvent.write(resources, inFlight);
                    return head;
                } else {
                    await();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Has a stream of the consumer's await what an iteration that was taken delivers on it; where
    /// that fails, the iteration does.
    void handOver(Iteration iteration, GpuStream on) {
        if (iteration.failure() == null) {
            steps.handOver(iteration, on);
        }
    }

    /// Whether asking for one more needs no memory beyond the limit.
    boolean hasRoom() {
        lock.lock();
        try {
            return !inFlight.isEmpty() || resources.memory.roomForAnother();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until all that was begun is complete; until the next is asked for nothing is begun, so
    /// nothing is computed, nor waits for memory.
    void settle() {
        lock.lock();
        try {
            lastNumber = begun;
            begin();
            while (inFlight.stream().anyMatch(iteration -> !iteration.done)) {
                checkOpen();
                await();
            }
            checkOpen();
        } finally {
            lock.unlock();
        }
    }

    /// Throws the reason, unless it has just gone.
    private void whyNothingBegins() {
        if (emptyEpoch >= 0 && lastEpoch == Long.MAX_VALUE) {
            long epoch = emptyEpoch;
            emptyEpoch = -1;
            asked = delivered;
            throw new NoSuchElementException(
                    "epoch " + epoch + " of " + plan.graph().name() + " has no samples");
        }
        if (unsaid != null) {
            var failure = unsaid;
            unsaid = null;
            asked = delivered;
            throw failure;
        }
        var waiting = notReady();
        if (waiting.isPresent()) {
            asked = delivered;
            throw new IllegalStateException(
                    "nothing was fed to " + waiting.get().node().where() + " for the next batch");
        }
    }

    private void await() {
        try {
            changed.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new CancellationException(
                    "interrupted while waiting for iteration "
                            + delivered
                            + " of "
                            + plan.graph().name()
                            + "; the pipeline is intact, and asking again goes on");
        }
    }

    private void checkNotLost() {
        if (lost != null) {
            throw new IllegalStateException(lost.getMessage(), lost.getCause());
        }
    }

    private void checkOpen() {
        if (crash != null) {
            throw new IllegalStateException(
                    "the engine broke a promise of its own; pipeline "
                            + plan.graph().name()
                            + " is closed",
                    crash);
        }
        if (closed) {
            throw new IllegalStateException("pipeline " + plan.graph().name() + " was closed");
        }
    }

    /// The epoch of the next iteration to be delivered.
    long currentEpoch() {
        lock.lock();
        try {
            return inFlight.isEmpty() ? nextEpoch : inFlight.peekFirst().epoch;
        } finally {
            lock.unlock();
        }
    }

    /// How many iterations were delivered.
    long delivered() {
        lock.lock();
        try {
            return delivered;
        } finally {
            lock.unlock();
        }
    }

    /// How much is under way now.
    ///
    /// @param inFlight iterations begun and not yet delivered
    /// @param ready those of them that are complete
    /// @param memoryWaitNanos time in which only the memory limit kept an iteration from beginning
    record State(int inFlight, int ready, long memoryWaitNanos) {}

    State state() {
        lock.lock();
        try {
            int ready = (int) inFlight.stream().filter(iteration -> iteration.done).count();
            return new State(inFlight.size(), ready, memoryWait.nanos(System.nanoTime()));
        } finally {
            lock.unlock();
        }
    }

    /// Begins what may begin, since something was given back.
    void goOn() {
        lock.lock();
        try {
            begin();
        } finally {
            lock.unlock();
        }
    }

    // ---- beginning

    private void begin() {
        if (beginning) {
            return; // an iteration that was complete at once: the loop below goes on
        }
        beginning = true;
        try {
            beginAll();
        } finally {
            beginning = false;
        }
    }

    private void beginAll() {
        while (mayBegin()) {
            long epoch = nextEpoch;
            long inEpoch = nextInEpoch;
            var iteration =
                    new Iteration(
                            resources, begun, epoch, inEpoch, resources.schedule.count(inEpoch));
            resources.schedule.fill(epoch, inEpoch, iteration.ids);
            iteration.padding = resources.schedule.padding(inEpoch);
            iteration.event = IterationEvent.start();
            begun++;
            emptyEpoch = -1;
            nextInEpoch++;
            if (nextInEpoch == resources.schedule.iterations()) {
                nextEpoch++;
                nextInEpoch = 0;
            }
            var first = new ArrayList<Integer>();
            for (var step : plan.steps()) {
                var run = new StepRun();
                int waiting = step.after().length();
                if (Steps.takesTurns(step) && newest != null && !isFinished(newest, step.index())) {
                    waiting++;
                }
                run.waiting.set(waiting);
                iteration.steps[step.index()] = run;
                if (waiting == 0) {
                    first.add(step.index());
                }
            }
            for (var value : plan.values()) {
                if (value.inSlot()) {
                    iteration.expectReaders(value);
                }
            }
            if (newest != null && !newest.done) {
                newest.next = iteration;
            }
            newest = iteration;
            inFlight.addLast(iteration);
            QueueEvent.write(resources, inFlight);
            live.add(iteration);
            readAhead.announce(iteration);
            steps.launch(iteration, first);
            if (plan.steps().isEmpty()) {
                complete(iteration); // all outputs are constants
            }
        }
    }

    private static boolean isFinished(Iteration iteration, int step) {
        return iteration.steps[step].finished;
    }

    private boolean mayBegin() {
        boolean room = inFlight.isEmpty() || resources.memory.roomForAnother();
        boolean due = isDue();
        waitForMemory(due && !room);
        return due && room;
    }

    /// Whether the next iteration may begin as soon as there is memory for it.
    private boolean isDue() {
        return !closed
                && crash == null
                && lost == null
                && begun < asked + plan.options().prefetch() - 1
                && nextEpoch <= lastEpoch
                && begun < lastNumber
                && (emptyEpoch < 0 || lastEpoch != Long.MAX_VALUE)
                && unsaid == null
                && notReady().isEmpty();
    }

    /// Accounts for the time in which only the memory limit keeps an iteration from beginning.
    private void waitForMemory(boolean waits) {
        memoryWait.goesOn(waits ? 1 : 0, System.nanoTime());
        if (waits && memoryWaitEvent == null) {
            memoryWaitEvent = WaitEvent.start();
        } else if (!waits && memoryWaitEvent != null) {
            memoryWaitEvent.iteration = begun;
            memoryWaitEvent.epoch = nextEpoch;
            memoryWaitEvent.end(resources, "memory", WaitEvent.FOR_MEMORY);
            memoryWaitEvent = null;
        }
    }

    /// The first source that waits for the user. One that fails to say is told to the consumer
    /// before anything more begins.
    private Optional<Step.Batch> notReady() {
        for (var step : resources.links.sources) {
            try {
                if (!((SequentialSource<?>) step.node().operator()).ready(unread(step))) {
                    return Optional.of(step);
                }
            } catch (RuntimeException failure) {
                unsaid = resources.locator.locate(failure, step.node().where(), begun);
                return Optional.of(step);
            }
        }
        return Optional.empty();
    }

    private int unread(Step.Batch step) {
        int unread = 0;
        for (var iteration : inFlight) {
            unread += isFinished(iteration, step.index()) ? 0 : 1;
        }
        return unread;
    }

    // ---- what steps report

    /// A step at which iterations take turns is done, or does the rest beside the next one's turn.
    ///
    /// @return the iteration whose turn it is now, if it was begun; else null
    Iteration turnIsOver(Iteration iteration, int step) {
        lock.lock();
        try {
            if (iteration.steps[step].finished) {
                return null; // it gave up its turn before
            }
            iteration.steps[step].finished = true;
            return iteration.next;
        } finally {
            lock.unlock();
        }
    }

    /// All steps of an iteration are done.
    void complete(Iteration iteration) {
        resources.memory.iterationTook(iteration.bookedBytes());
        boolean useless = iteration.cancelled() || iteration.failure() != null;
        if (useless) {
            iteration.releaseAll();
        }
        lock.lock();
        try {
            iteration.done = true;
            iteration.doneNanos = System.nanoTime();
            iteration.next = null;
            QueueEvent.write(resources, inFlight);
            live.remove(iteration);
            changed.signalAll();
            begin();
        } finally {
            lock.unlock();
        }
    }

    /// A source has said that its epoch ends with this iteration: what was begun of the epoch
    /// beyond it is void.
    void epochEnds(Iteration iteration, int samples) {
        boolean drop =
                samples < plan.options().batchSize()
                        && plan.options().lastBatch() == LastBatch.DROP;
        lock.lock();
        try {
            if (iteration.cancelled()) {
                return; // void itself, since another source has ended the epoch before
            }
            nextEpoch = iteration.epoch + 1;
            nextInEpoch = 0;
            while (!inFlight.isEmpty() && inFlight.peekLast() != iteration) {
                giveUp(inFlight.removeLast());
            }
            begun = iteration.number + 1;
            if (samples == 0 || drop) {
                giveUp(iteration);
                inFlight.remove(iteration);
                begun--;
                emptyEpoch = iteration.inEpoch == 0 ? iteration.epoch : -1;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void giveUp(Iteration iteration) {
        iteration.cancel();
        iteration.traceEnd(IterationEvent.GIVEN_UP, null);
    }

    // ---- ending

    /// Something of the engine itself broke: the pipeline is over.
    void crash(Throwable broken) {
        lock.lock();
        try {
            if (crash == null && !closed) {
                crash = broken;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Something that all iterations need is gone: those that were begun are delivered or fail, and
    /// no other begins.
    void lose(String what, Throwable cause) {
        lock.lock();
        try {
            if (lost == null) {
                lost =
                        new IllegalStateException(
                                "%s: nothing more comes of pipeline %s; close it"
                                        .formatted(what, plan.graph().name()),
                                cause);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends everything.
    ///
    /// @return threads that did not end; what they use stays theirs until they do
    List<Runner> close() {
        lock.lock();
        try {
            if (closed) {
                return List.of();
            }
            closed = true;
            waitForMemory(false);
            live.forEach(Iteration::cancel);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return resources.threads.stop(plan.options().closeWithin(), this::giveBack);
    }

    /// Gives back what is left once no thread runs any more.
    private void giveBack() {
        List<Iteration> rest;
        lock.lock();
        try {
            rest = new ArrayList<>(live);
            rest.addAll(inFlight);
            live.clear();
            inFlight.clear();
        } finally {
            lock.unlock();
        }
        for (var iteration : rest) {
            iteration.releaseAll();
            iteration.traceEnd(IterationEvent.GIVEN_UP, null);
        }
        steps.close();
        resources.sources.close();
        resources.closeMemory();
    }
}
