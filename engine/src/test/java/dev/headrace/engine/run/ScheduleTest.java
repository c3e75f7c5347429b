package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The schedule against a model that writes each epoch out as a list and cuts it up.
class ScheduleTest {
    private static final long EPOCH = 5;
    private static final BufferPool POOL = new BufferPool(1 << 20, true);
    private static final int TRIALS = 200;

    private record Planned(List<SampleId> ids, int padding) {}

    /// A graph's size and how it is to be cut.
    private record Setting(int size, int batch, int shards, LastBatch last, boolean contiguous) {
        static Setting random(long seed, LastBatch last) {
            var random = new Random(seed);
            int shards = 1 + random.nextInt(5);
            int size = shards + random.nextInt(60);
            return new Setting(size, 1 + random.nextInt(9), shards, last, random.nextBoolean());
        }

        Options options(int shard) {
            var options = Options.batchSize(batch).lastBatch(last).shard(shard, shards);
            return contiguous ? options.contiguousShards() : options;
        }

        boolean isEmpty() {
            return last == LastBatch.DROP
                    && (contiguous ? size / shards < batch : size < batch * shards);
        }
    }

    private static List<Planned> scheduled(Setting setting, int shard) {
        var schedule = new Schedule(setting.options(shard), setting.size());
        return LongStream.range(0, schedule.iterations())
                .mapToObj(iteration -> planned(schedule, iteration))
                .toList();
    }

    private static Planned planned(Schedule schedule, long iteration) {
        int count = schedule.count(iteration);
        try (var buffer = POOL.lend(Ids.bytes(count), "ids")) {
            var ids = new Ids(buffer, count);
            schedule.fill(EPOCH, iteration, ids);
            return new Planned(
                    IntStream.range(0, count).mapToObj(ids::get).toList(),
                    schedule.padding(iteration));
        }
    }

    /// What a shard is to get, by cutting lists.
    private static List<Planned> model(Setting setting, int shard) {
        int low = setting.contiguous() ? setting.size() * shard / setting.shards() : 0;
        int high =
                setting.contiguous()
                        ? setting.size() * (shard + 1) / setting.shards()
                        : setting.size();
        var own = LongStream.range(low, high).mapToObj(at -> SampleId.of(EPOCH, at)).toList();
        int slices = setting.contiguous() ? 1 : setting.shards();
        int slice = setting.contiguous() ? 0 : shard;
        int step = setting.batch() * slices;
        int longest =
                setting.contiguous()
                        ? (setting.size() + setting.shards() - 1) / setting.shards()
                        : setting.size();
        int shortest = setting.contiguous() ? setting.size() / setting.shards() : setting.size();
        var batches = new ArrayList<Planned>();
        for (int start = 0; start < longest; start += step) {
            var global =
                    new ArrayList<>(
                            own.subList(
                                    Math.min(start, own.size()),
                                    Math.min(start + step, own.size())));
            int present = global.size();
            switch (setting.last()) {
                case DROP -> {
                    if (start + step > shortest) {
                        return batches;
                    }
                }
                case PARTIAL -> {
                    if (present < step) {
                        var rest =
                                global.subList(
                                        present * slice / slices, present * (slice + 1) / slices);
                        if (!rest.isEmpty()) {
                            batches.add(new Planned(List.copyOf(rest), 0));
                        }
                        continue;
                    }
                }
                case PAD -> {
                    while (global.size() < step) {
                        global.add(own.getLast());
                    }
                }
                case FILL -> {
                    for (int next = start + present; global.size() < step; next++) {
                        var id = own.get(next % own.size());
                        global.add(SampleId.of(EPOCH + next / own.size(), id.position()));
                    }
                }
            }
            int from = slice * setting.batch();
            var ids = List.copyOf(global.subList(from, from + setting.batch()));
            int padding = Math.clamp(from + setting.batch() - present, 0, setting.batch());
            batches.add(new Planned(ids, padding));
        }
        return batches;
    }

    @ParameterizedTest
    @EnumSource
    void cutsEachEpochAsTheModelDoes(LastBatch last) {
        for (long seed = 0; seed < TRIALS; seed++) {
            var setting = Setting.random(seed, last);
            for (int shard = 0; shard < setting.shards(); shard++) {
                var where = "seed " + seed + ", shard " + shard + " of " + setting;
                if (setting.isEmpty()) {
                    int own = shard;
                    assertThrows(BadGraph.class, () -> scheduled(setting, own), where);
                } else {
                    assertEquals(model(setting, shard), scheduled(setting, shard), where);
                }
            }
        }
    }

    @Test
    void partialBatchesOfAllShardsHoldEverySampleOnce() {
        for (long seed = 0; seed < TRIALS; seed++) {
            var setting = Setting.random(seed, LastBatch.PARTIAL);
            var all = new ArrayList<SampleId>();
            int least = Integer.MAX_VALUE;
            int most = 0;
            for (int shard = 0; shard < setting.shards(); shard++) {
                int before = all.size();
                scheduled(setting, shard).forEach(batch -> all.addAll(batch.ids()));
                least = Math.min(least, all.size() - before);
                most = Math.max(most, all.size() - before);
            }
            all.sort((one, other) -> Long.compare(one.position(), other.position()));
            assertEquals(
                    LongStream.range(0, setting.size())
                            .mapToObj(at -> SampleId.of(EPOCH, at))
                            .toList(),
                    all,
                    "seed " + seed + ", " + setting);
            assertTrue(most - least <= 1, "seed " + seed + ", shares of " + least + " to " + most);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FILL", "PAD", "DROP"})
    void shardsAgreeInTheNumberOfBatchesAndAllAreFull(LastBatch last) {
        for (long seed = 0; seed < TRIALS; seed++) {
            var setting = Setting.random(seed, last);
            if (setting.isEmpty()) {
                continue;
            }
            int batches = scheduled(setting, 0).size();
            for (int shard = 0; shard < setting.shards(); shard++) {
                var own = scheduled(setting, shard);
                assertEquals(batches, own.size(), "seed " + seed + ", " + setting);
                own.forEach(batch -> assertEquals(setting.batch(), batch.ids().size()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FILL", "PAD"})
    void whatComesBeforeThePaddingIsEverySampleOnce(LastBatch last) {
        for (long seed = 0; seed < TRIALS; seed++) {
            var setting = Setting.random(seed, last);
            var positions = new ArrayList<Long>();
            for (int shard = 0; shard < setting.shards(); shard++) {
                for (var batch : scheduled(setting, shard)) {
                    int own = setting.batch() - batch.padding();
                    batch.ids().subList(0, own).forEach(id -> positions.add(id.position()));
                }
            }
            assertEquals(
                    LongStream.range(0, setting.size()).boxed().toList(),
                    positions.stream().sorted().toList(),
                    "seed " + seed + ", " + setting);
        }
    }

    @Test
    void fillsTheLastBatchFromTheNextEpochsOrder() {
        var setting = new Setting(5, 2, 2, LastBatch.FILL, false);
        assertEquals(
                List.of(planned(0, 5, 0, 5, 1), planned(1, 5, 4, 6, 0)), scheduled(setting, 0));
        assertEquals(
                List.of(planned(0, 5, 2, 5, 3), planned(2, 6, 1, 6, 2)), scheduled(setting, 1));
        var ranges = new Setting(5, 2, 2, LastBatch.FILL, true);
        assertEquals(List.of(planned(0, 5, 0, 5, 1), planned(2, 6, 0, 6, 1)), scheduled(ranges, 0));
        assertEquals(List.of(planned(0, 5, 2, 5, 3), planned(1, 5, 4, 6, 2)), scheduled(ranges, 1));
    }

    /// @param pairs epoch, position, epoch, position, …
    private static Planned planned(int padding, long... pairs) {
        return new Planned(
                IntStream.range(0, pairs.length / 2)
                        .mapToObj(i -> SampleId.of(pairs[2 * i], pairs[2 * i + 1]))
                        .toList(),
                padding);
    }

    @ParameterizedTest
    @EnumSource
    void aGraphOfUnknownSizeHasFullBatchesWithoutEnd(LastBatch last) {
        var options = Options.batchSize(2).shard(1, 3).lastBatch(last).contiguousShards();
        var schedule = new Schedule(options, Schedule.UNKNOWN);
        assertEquals(Long.MAX_VALUE, schedule.iterations());
        assertEquals(planned(0, 5, 2, 5, 3), planned(schedule, 0));
        assertEquals(
                planned(0, 5, 6_000_000_002L, 5, 6_000_000_003L), planned(schedule, 1_000_000_000));
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void refusesMoreShardsThanSamples(boolean contiguous) {
        var options = Options.batchSize(1).shard(6, 7);
        var graph = Trial.graph().node("counter", new Counter(5, false)).output("n", "counter");
        var failure =
                assertThrows(
                        BadGraph.class,
                        () -> graph.build(contiguous ? options.contiguousShards() : options));
        assertEquals("7 shards of 5 samples: some would be empty", failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "7, 8, 1, 0, false, 7 samples, batches of 8",
        "15, 4, 4, 3, false, 15 samples, batches of 16",
        "7, 4, 2, 0, true, 3 samples, batches of 4",
        "7, 4, 2, 1, true, 3 samples, batches of 4"
    })
    void refusesEpochsThatAreAlwaysEmpty(
            int size,
            int batch,
            int shards,
            int shard,
            boolean contiguous,
            String what,
            String of) {
        var setting = new Setting(size, batch, shards, LastBatch.DROP, contiguous);
        var graph = Trial.graph().node("counter", new Counter(size, false)).output("n", "counter");
        var failure = assertThrows(BadGraph.class, () -> graph.build(setting.options(shard)));
        assertEquals(
                "every epoch would be empty: "
                        + what
                        + ", "
                        + of
                        + ", and a last batch that is not full is dropped",
                failure.getMessage());
    }
}
