package dev.headrace.engine.run;

import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.BadSamples;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/// What the iterations of a pipeline share: the plan and what is looked up in it, memory, opened
/// sources, threads. It knows nothing of their order.
final class Resources {
    /// The lane, in events, of whoever asks for batches.
    static final String CONSUMER = "consumer";

    private static final ConcurrentHashMultiset<String> NAMES = ConcurrentHashMultiset.create();

    final Plan plan;

    /// The name in events: no two pipelines of this process have the same.
    final String label;

    /// The devices that the plan uses.
    final Gpus gpus;

    /// The consumer's stream that batches are delivered on; null where the host waits for them.
    volatile GpuStream consumer;

    /// Memory of the host.
    final BufferPool pool;

    private final Map<MemoryKind, Home> homes = new EnumMap<>(MemoryKind.class);
    final Memory memory;
    final Meters meters;
    final Sources sources;
    final Schedule schedule;
    final Locator locator;
    final Constants constants = new Constants();
    final Checks checks;
    final Threads threads;
    final Workers workers;
    final Asking asking = new Asking(this);
    final Links links;
    final Tensor[] replacements;
    private final TensorSpec[] foreseen;

    /// Opens the sources.
    ///
    /// @param crash told if a thread breaks
    /// @throws dev.headrace.engine.error.BadGraph if one cannot be opened, or an epoch is empty
    Resources(Plan plan, Consumer<Throwable> crash) {
        this.plan = plan;
        int before = NAMES.add(name(), 1);
        label = before == 0 ? name() : name() + " (" + (before + 1) + ")";
        gpus = Gpus.open(plan);
        pool =
                new BufferPool(
                        plan.options().memoryLimitBytes(),
                        plan.options().checked(),
                        gpus.any().orElse(null));
        for (var kind : MemoryKind.values()) {
            homes.put(kind, new Home(pool, kind, null));
        }
        memory = new Memory(pool);
        meters = new Meters(plan.nodes().size());
        links = new Links(plan);
        sources = openSources();
        locator = new Locator(sources);
        checks = plan.options().checked() ? new Checks(plan) : null;
        threads = new Threads(this, crash);
        workers = threads.workers;
        foreseen = new TensorSpec[plan.values().size()];
        replacements = new Tensor[plan.values().size()];
        if (plan.options().badSamples() instanceof BadSamples.Replace replace) {
            for (var value : plan.values()) {
                for (var name : value.graphOutputs()) {
                    var constant = replace.values().get(name);
                    if (constant != null) {
                        replacements[value.index()] = constants.tensor(constant);
                    }
                }
            }
        }
        if (Ids.bytes(plan.options().batchSize()) > plan.options().memoryLimitBytes()) {
            giveBack();
            throw new BadGraph(
                    "the ids of "
                            + plan.options().batchSize()
                            + " samples need more than the memory limit of "
                            + plan.options().memoryLimitBytes()
                            + " bytes");
        }
        Schedule made = null;
        try {
            made = new Schedule(plan.options(), sources.size());
        } finally {
            if (made == null) {
                giveBack();
            }
        }
        schedule = made;
    }

    private Sources openSources() {
        try {
            return new Sources(plan);
        } catch (Throwable failure) {
            closeMemory();
            throw failure;
        }
    }

    private void giveBack() {
        sources.close();
        closeMemory();
    }

    /// Gives back all memory that nobody holds, and the devices once nobody holds any.
    void closeMemory() {
        pool.close();
        gpus.close(pool);
    }

    /// Bytes on loan now by the borrower's name; of a device behind its own.
    ImmutableMap<String, Long> holders() {
        var holders = ImmutableMap.<String, Long>builder().putAll(pool.holders());
        gpus.holders().forEach(holders::put);
        return holders.buildOrThrow();
    }

    /// The graph's name.
    String name() {
        return plan.graph().name();
    }

    /// The lane of the calling thread, for events.
    String lane() {
        var me = Runner.current();
        if (me != null && me.resources == this && me.lane() != null) {
            return me.lane();
        }
        var thread = Thread.currentThread();
        return asking.isLast(thread) ? CONSUMER : thread.getName() + " #" + thread.threadId();
    }

    /// The spec that a value's samples are expected to have, where their block fits.
    TensorSpec foreseen(Iteration iteration, int value, int count) {
        var promised = plan.values().get(value).promise().exact();
        if (promised.isPresent()) {
            return promised.get();
        }
        var last = foreseen[value];
        boolean fits =
                last != null
                        && iteration.bookedBytes() + SlotList.blockBytes(last, count)
                                <= pool.limitBytes() / 2;
        return fits ? last : null;
    }

    /// Memory of the host of a kind.
    Home home(MemoryKind kind) {
        return homes.get(kind);
    }

    /// The memory of the host that a value lies in.
    Home homeOf(int number) {
        var value = plan.values().get(number);
        if (value.shared()) {
            return sharedHome(value.pinned());
        }
        return home(value.pinned() ? MemoryKind.PINNED : MemoryKind.HOST);
    }

    /// Memory that other processes can map.
    ///
    /// @param pinned whether devices copy from or to it
    Home sharedHome(boolean pinned) {
        return home(pinned ? MemoryKind.SHARED_PINNED : MemoryKind.SHARED);
    }

    /// Whether a value's spec is known before there is data.
    boolean isPromised(int value) {
        return plan.values().get(value).promise().exact().isPresent();
    }

    /// Notes the spec that a value's samples had, if they shared one.
    void foresee(int value, SlotList list) {
        foreseen[value] = list.uniformSpec().orElse(null);
    }

    /// A value's name, for loans and messages.
    String nameOf(int value) {
        return plan.nameOf(plan.values().get(value));
    }

    /// The lists of values by name; a constant is repeated for each sample.
    ImmutableMap<String, SlotList> lists(
            Iteration iteration, ImmutableMap<String, Binding> bindings) {
        var lists = ImmutableMap.<String, SlotList>builder();
        bindings.forEach(
                (name, binding) ->
                        lists.put(
                                name,
                                switch (binding) {
                                    case Binding.OfValue(int value) -> iteration.slots[value];
                                    case Binding.OfConstant constant ->
                                            iteration.repeat(
                                                    name,
                                                    constants.tensor(constant.value()),
                                                    iteration.idsOf(links.countValue));
                                }));
        return lists.buildOrThrow();
    }
}
