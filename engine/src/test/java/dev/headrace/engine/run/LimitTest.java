package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The memory limit where many lend at once.
@Timeout(60)
class LimitTest {
    private static final int ROW = 1 << 12;

    /// Rows that are made by two workers at the same moment.
    private record Meeting(CyclicBarrier barrier) implements SampleOperator {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) throws Exception {
            barrier.await();
            out.make(0, TensorSpec.of(ElementType.UINT8, "", ROW));
        }
    }

    @Test
    void twoLoansAtOnceThatPassTheLimitTogetherAreNotBothGiven() {
        var meeting = new Meeting(new CyclicBarrier(2));
        var graph =
                Trial.graph()
                        .node("counter", new Counter(2, false))
                        .node("meeting", meeting, "counter")
                        .output("row", "meeting");
        var options = Options.batchSize(2).threads(2).prefetch(1).memoryLimit(2 * ROW - 1);
        try (var pipeline = graph.build(options)) {
            for (int iteration = 0; iteration < 500; iteration++) {
                assertThrows(NoRoom.class, pipeline::next, "iteration " + iteration);
            }
        }
    }
}
