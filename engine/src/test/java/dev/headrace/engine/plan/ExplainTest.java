package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.OPTIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.StreamPolicy;
import dev.headrace.engine.spec.Wire;
import org.junit.jupiter.api.Test;

class ExplainTest {
    @Test
    void readsWell() {
        var plan =
                Plan.of(
                        Drawn.graph(
                                """
                                photos = Source at=Train.java:3
                                flip = Coin at=Train.java:4
                                image = Decode(photos) at=Train.java:5
                                crop = Crop(image | flip) at=Train.java:6
                                big = Add[2](crop) at=Train.java:7
                                mix = Ordered(big) at=Train.java:8
                                unused = Copy(mix) at=Train.java:9
                                again = Add[2](crop) at=Train.java:10
                                last = Scale(mix | again) at=Train.java:11
                                out image = last
                                out label = photos.label
                                out one = 1
                                """),
                        OPTIONS.badSamples(BadSamples.skip(9)));
        assertEquals(
                """
                plan     graph drawn: 9 nodes asked, 6 to run in 3 steps
                         batch size 4, 2 threads, prefetch 2, seed 7, last batch PARTIAL, bad samples skipped, at
                           most 9
                         host: seed 0x55d9b2e4fd248cdf for the draws of whole batches

                check    9 nodes, 3 outputs
                prune    unused (Copy): nobody needs it
                merge    again (Add): the same as big (Add)
                place    all on the host
                seeds    flip (Coin): the pipeline's seed and its kind, number 0
                copy     nothing to do
                types    8 values: 1 known whole, 1 in part, 6 open
                absorb   crop (Crop): absorbed by image (Decode): less is decoded
                segment  2 segments, 1 batch operator
                         last (Scale): a bad sample here fails its iteration, behind 1 barrier
                streams  nothing to do

                step 0   segment of 4 nodes, sample by sample, level 0, bad samples recover
                         photos = Source, at Train.java:3
                             image: UINT8 HWC ?×?×3, scratch
                             label: INT64 scalar, in the batch, output label
                         flip = Coin, at Train.java:4
                             out: ?, scratch
                         image+crop = Decode + Crop ← photos.image, flip
                             image = Decode, at Train.java:5
                             crop = Crop(at flip), at Train.java:6
                             out: ?, scratch
                         big = Add(by 2) ← image+crop, at Train.java:7
                             out: ?, in the batch, read by steps 1 to 2

                step 1   barrier: whole batch with state, in order, level 0, after step 0, samples as in big
                         mix = Ordered ← big, at Train.java:8
                             out: ?, in the batch, read by step 2

                step 2   segment of 1 node, sample by sample, level 1, after steps 0 to 1, samples as in mix
                         last = Scale(by big) ← mix, big, at Train.java:11
                             out: ?, in the batch, output image

                constant one = 1
                """,
                plan.explain());
    }

    @Test
    void saysWhatTheOptionsAskAndWhereThereIsNothingToDo() {
        var plan =
                Plan.of(
                        Drawn.graph("s = Stream; out image = s; out label = s.label"),
                        OPTIONS.shard(1, 3).contiguousShards().withChecks().outputs("label"));
        assertEquals(
                """
                plan     graph drawn: 1 node asked, 1 to run in 1 step
                         batch size 4, 2 threads, prefetch 2, seed 7, last batch PARTIAL, bad samples fail, shard 1
                           of 3, contiguous, checked
                         host: seed 0x55d9b2e4fd248cdf for the draws of whole batches

                check    1 node, 2 outputs, wanted of them: label
                prune    s (Stream): nobody needs its output image
                merge    nothing to do
                place    all on the host
                seeds    nothing to do
                copy     nothing to do
                types    1 value: 0 known whole, 0 in part, 1 open
                absorb   nothing to do
                segment  0 segments, 1 batch operator
                streams  nothing to do

                step 0   sequential source, in order, level 0
                         s = Stream
                             label: ?, in the batch, output label
                """,
                plan.explain());
    }

    @Test
    void saysWhatLiesInSharedMemory() {
        var explain =
                Plan.of(
                                Drawn.graph(
                                        """
                                        s = Source
                                        a = Copy(s)
                                        f = Shared(a, a, 3)
                                        out x = f.right
                                        """),
                                OPTIONS)
                        .explain();
        assertTrue(explain.contains("copy     2 values in shared memory\n"), explain);
        assertTrue(
                explain.contains(
                        "out: UINT8 HWC ?×?×3, in the batch, in shared memory, read by step 1\n"),
                explain);
        assertTrue(
                explain.contains("right: ?, in the batch, in shared memory, output x\n"), explain);
    }

    @Test
    void cutsWhatIsLongAndBreaksLines() {
        var node =
                NodeSpec.of("code", new Script("def f(x):\n    return x\n" + "# long\n".repeat(9)));
        var graph =
                new GraphSpec(
                        "drawn",
                        ImmutableList.of(node),
                        ImmutableMap.of("x", new Wire.Output("code", 0)));
        var explain = Plan.of(graph, OPTIONS).explain();
        assertTrue(
                explain.contains(
                        "code = Script(text def f(x): return x # long # long # long # long…)\n"),
                explain);
        var all = new StringBuilder("s = Source; j = Join(s, s, s)\n");
        for (int i = 0; i < 60; i++) {
            all.append("out output%s = j\n".formatted(i));
        }
        Plan.of(Drawn.graph(all.toString()), OPTIONS)
                .explain()
                .lines()
                .forEach(line -> assertTrue(line.length() <= Explain.WIDTH, line));
    }

    private record Script(String text) implements Fakes.Sample {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }
    }

    private static final String ON_DEVICES =
            """
            photos = Source at=Train.java:3
            image = Add[1](photos) gpu=0 at=Train.java:4
            left = Add[2](image)
            right = Add[3](image)
            both = Join(left, right)
            far = Add[4](both) gpu=1
            home = Grey(far) host
            size = Size(far, photos.label)
            out image = both
            out grey = home
            out size = size
            """;

    @Test
    void tellsDevicesStreamsAndWaits() {
        var plan =
                Plan.of(
                        Drawn.graph(ON_DEVICES),
                        OPTIONS.streams(StreamPolicy.PER_NODE).badSamples(BadSamples.skip(1)));
        assertEquals(
                """
                plan     graph drawn: 8 nodes asked, 11 to run in 11 steps
                         batch size 4, 2 threads, prefetch 2, seed 7, last batch PARTIAL, bad samples skipped, at
                           most 1
                         host: seed 0x55d9b2e4fd248cdf for the draws of whole batches
                         gpu(0): seed 0x7055084b0d46885d for the draws of whole batches
                         gpu(1): seed 0x40777b95b350bde9 for the draws of whole batches

                check    8 nodes, 3 outputs
                prune    nothing to do
                merge    nothing to do
                place    gpu(0): image, left, right, both; gpu(1): far
                seeds    nothing to do
                copy     photos.image copied to gpu(0), for image
                         both copied to gpu(1), for far
                         far copied to the host, for home
                types    12 values: 1 known whole, 3 in part, 8 open
                absorb   nothing to do
                segment  3 segments, 0 batch operators, 8 launches
                         image (Add): a bad sample here fails its iteration, on gpu(0)
                         left (Add): a bad sample here fails its iteration, on gpu(0)
                         right (Add): a bad sample here fails its iteration, on gpu(0)
                         both (Join): a bad sample here fails its iteration, on gpu(0)
                         far (Add): a bad sample here fails its iteration, on gpu(1)
                         home (Grey): a bad sample here fails its iteration, behind 3 barriers
                         size (Size): a bad sample here fails its iteration, behind 3 barriers
                streams  PER_NODE: 6 streams, 7 waits between steps

                step 0   segment of 1 node, sample by sample, level 0, bad samples recover
                         photos = Source, at Train.java:3
                             image: UINT8 HWC ?×?×3, in the batch, pinned, read by step 1
                             label: INT64 scalar, in the batch, read by step 10

                step 1   launch on gpu(0), stream 0, level 1, after step 0, samples as in photos.image
                         photos.image on gpu(0) = Transfer ← photos.image, at Train.java:4
                             out: UINT8 HWC ?×?×3, in the batch, on gpu(0), read by step 2

                step 2   launch on gpu(0), stream 1, level 1, after step 1, the stream awaits step 1 on gpu(0),
                           stream 0, samples as in photos.image on gpu(0)
                         image = Add(by 1) ← photos.image on gpu(0), at Train.java:4
                             out: ?, in the batch, on gpu(0), read by steps 3 to 4

                step 3   launch on gpu(0), stream 1, level 1, after step 2, samples as in image
                         left = Add(by 2) ← image
                             out: ?, in the batch, on gpu(0), read by step 5

                step 4   launch on gpu(0), stream 2, level 1, after step 2, the stream awaits step 2 on gpu(0),
                           stream 1, samples as in image
                         right = Add(by 3) ← image
                             out: ?, in the batch, on gpu(0), read by step 5

                step 5   launch on gpu(0), stream 1, level 1, after steps 3 to 4, the stream awaits step 4 on
                           gpu(0), stream 2, samples as in left
                         both = Join ← left, right
                             out: ?, in the batch, on gpu(0), read by step 6, output image

                step 6   launch on gpu(1), stream 0, level 2, after step 5, the stream awaits step 5 on gpu(0),
                           stream 1, samples as in both
                         both on gpu(1) = Transfer ← both
                             out: ?, in the batch, on gpu(1), read by step 7

                step 7   launch on gpu(1), stream 1, level 2, after step 6, the stream awaits step 6 on gpu(1),
                           stream 0, samples as in both on gpu(1)
                         far = Add(by 4) ← both on gpu(1)
                             out: ?, in the batch, on gpu(1), read by steps 8, 10

                step 8   launch on gpu(1), stream 2, level 3, after step 7, the stream awaits step 7 on gpu(1),
                           stream 1, samples as in far
                         far on host = Transfer ← far
                             out: ?, in the batch, pinned, read by step 9

                step 9   segment of 1 node, sample by sample, level 3, after step 8, the host awaits step 8 on
                           gpu(1), stream 2, samples as in far on host
                         home = Grey ← far on host
                             out: FLOAT32 HWC ?×?×1, in the batch, output grey

                step 10  segment of 1 node, sample by sample, level 3, after steps 0, 7, samples as in far
                         size = Size ← far, photos.label
                             out: ?, in the batch, output size
                """,
                plan.explain());
    }

    private static String delivery(String peek) {
        var explained =
                Plan.of(
                                Drawn.graph(
                                        """
                                        photos = Source
                                        image = Add[1](photos) %s gpu=0
                                        more = Add[2](image)
                                        out image = image
                                        out more = more
                                        """
                                                .formatted(peek)),
                                OPTIONS)
                        .explain();
        return explained.substring(explained.indexOf("\ndelivery") + 1);
    }

    @Test
    void tellsWhatIsAwaitedBeforeABatchIsDelivered() {
        assertEquals(
                """
                delivery the host awaits step 3 on gpu(0), stream 1
                         on a stream of the consumer's: that stream awaits step 3 on gpu(0), stream 1
                """,
                delivery(""));
        assertEquals(
                """
                delivery the host awaits step 3 on gpu(0), stream 2 and step 4 on gpu(0), stream 1
                         on a stream of the consumer's: the host awaits step 3 on gpu(0), stream 2, that stream
                           awaits step 4 on gpu(0), stream 1
                """,
                delivery("peek"));
    }
}
