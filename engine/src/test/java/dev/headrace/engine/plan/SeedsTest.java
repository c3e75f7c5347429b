package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.random.Keys;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The pipeline's seed is 7.
class SeedsTest {
    private static final String COIN = Fakes.Coin.class.getName();
    private static final String DIE = Fakes.Die.class.getName();
    private static final String SHAKE = Fakes.Shake.class.getName();

    private static Map<String, Long> keys(String drawing) {
        return keys(after(Seeds.class, drawing));
    }

    private static Map<String, Long> keys(Draft draft) {
        return draft.nodes.stream()
                .filter(node -> node.part.random())
                .collect(Collectors.toMap(node -> node.spec.name(), node -> node.part.key()));
    }

    @Test
    void keysByKindAndOrdinal() {
        assertEquals(
                Map.of(
                        "a", Keys.ordinal(7, COIN, 0),
                        "b", Keys.ordinal(7, COIN, 1),
                        "c", Keys.ordinal(7, DIE, 0),
                        "s", Keys.ordinal(7, Fakes.Shuffled.class.getName(), 0)),
                keys(
                        "s = Shuffled; a = Coin; p = Copy(a); c = Die; b = Coin;"
                                + " out x = p; out y = s; out z = b; out w = c"));
    }

    @Test
    void anExplicitSeedStandsAlone() {
        assertEquals(
                Map.of("a", Keys.explicit(5), "b", Keys.explicit(5)),
                keys("a = Coin named seed=5; b = Die seed=5; out x = a; out y = b"));
    }

    @Test
    void aNameThatTheUserChoseStandsForTheKind() {
        assertEquals(
                Map.of("left", Keys.named(7, "left"), "right", Keys.named(7, "right")),
                keys("left = Coin named; right = Coin named; out x = left; out y = right"));
    }

    @Test
    void countsAsWrittenWhateverTheOrderOfRunning() {
        var noise = Fakes.Noise.class.getName();
        assertEquals(
                Map.of("last", Keys.ordinal(7, noise, 0), "first", Keys.ordinal(7, noise, 1)),
                keys("last = Noise(first); first = Noise(s); s = Source; out x = last"));
    }

    @Test
    void countsNodesOfAKindThatAreNamedOrSeeded() {
        assertEquals(
                Keys.ordinal(7, COIN, 2),
                keys("a = Coin named; b = Coin seed=1; c = Coin; out x = c").get("c"));
    }

    @Test
    void drawsOfABatchTakeTheSeedOfTheHost() {
        long host = Keys.device(7, 0);
        assertEquals(
                Map.of(
                        "a", Keys.ordinal(host, SHAKE, 0),
                        "b", Keys.named(host, "b"),
                        "c", Keys.explicit(5)),
                keys("a = Shake; b = Shake(a) named; c = Shake(b) seed=5; out x = c"));
    }

    @Test
    void saysHowItKeyed() {
        assertEquals(
                "[s (Shuffled): the pipeline's seed and its kind, number 0,"
                        + " a (Coin): its own seed, 5,"
                        + " b (Coin): the pipeline's seed and its name,"
                        + " c (Shake): the host's seed and its kind, number 0]",
                after(
                                Seeds.class,
                                "s = Shuffled; a = Coin seed=5; b = Coin named; c = Shake(s);"
                                        + " out x = a; out y = b; out z = c")
                        .said
                        .get("seeds")
                        .toString());
    }

    private static final String ON_DEVICES =
            """
            s = Shuffled
            a = Noise(s) gpu=1
            c = Coin
            n = Die named
            k = Noise(s) seed=5
            b = Shake(s)
            out x = a
            out y = b
            out z = c
            out w = n
            out v = k
            """;

    @Test
    void aSampleDrawsTheSameOnEveryDevice() {
        assertEquals(keys(ON_DEVICES), keys(ON_DEVICES.replace(" gpu=1", "")));
        assertEquals(keys(ON_DEVICES), keys(ON_DEVICES.replace("gpu=1", "gpu=0")));
    }

    @Test
    void theDeviceThatTheOutputsLieOnStandsForThePipelineButForOrders() {
        var noise = Fakes.Noise.class.getName();
        long seed = Keys.device(7, 2);
        var draft = after(Seeds.class, Drawn.OPTIONS.seedPerDevice(), ON_DEVICES);
        assertEquals(
                Map.of(
                        "s", Keys.ordinal(7, Fakes.Shuffled.class.getName(), 0),
                        "a", Keys.ordinal(seed, noise, 0),
                        "c", Keys.ordinal(seed, COIN, 0),
                        "n", Keys.named(seed, "n"),
                        "k", Keys.explicit(5),
                        "b", Keys.ordinal(Keys.device(seed, 0), SHAKE, 0)),
                keys(draft));
        assertEquals(
                "[s (Shuffled): the pipeline's seed and its kind, number 0,"
                        + " a (Noise): the seed of gpu(1) and its kind, number 0,"
                        + " c (Coin): the seed of gpu(1) and its kind, number 0,"
                        + " n (Die): the seed of gpu(1) and its name,"
                        + " k (Noise): its own seed, 5,"
                        + " b (Shake): the host's seed and its kind, number 0]",
                draft.said.get("seeds").toString());
    }

    @Test
    void refusesOutputsOnTwoDevicesWhereSeedsGoByOne() {
        var failure =
                assertThrows(
                        BadGraph.class,
                        () ->
                                after(
                                        Seeds.class,
                                        Drawn.OPTIONS.seedPerDevice(),
                                        "a = Coin gpu=1; b = Coin gpu=0; out x = a; out y = b"));
        assertEquals(
                "seeds go by the device that the outputs lie on, and they lie on gpu(1) and gpu(0)",
                failure.getMessage());
    }
}
