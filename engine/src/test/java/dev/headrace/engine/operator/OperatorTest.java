package dev.headrace.engine.operator;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OperatorTest {
    private record Luma() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in.withType(FLOAT32);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {}

        @Override
        public SpecPattern promise(SpecPattern in) {
            return in.withType(FLOAT32);
        }
    }

    private record Total() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {}
    }

    private record Count() implements BatchOperator<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long run(Long before, BatchInputs in, BatchOutputs out, BatchContext context) {
            return before + 1;
        }
    }

    private record Folder(boolean shuffle) implements IndexedSource<IndexedSource.Dataset> {
        @Override
        public Dataset open() {
            return () -> 1;
        }

        @Override
        public void read(Dataset dataset, long index, Outputs out, SampleContext context) {}
    }

    @Test
    void aTransformTakesOneInputAndPromisesOneOutput() {
        assertEquals(Range.singleton(1), new Luma().arity());
        assertEquals(List.of("out"), new Luma().outputs());
        assertEquals(
                List.of(SpecPattern.of(FLOAT32, "HWC", SpecPattern.ANY, 5, 3)),
                new Luma().promise(List.of(SpecPattern.of(UINT8, "HWC", SpecPattern.ANY, 5, 3))));
        assertEquals(Effect.NONE, new Luma().effect());
        assertFalse(new Luma().random());
        assertFalse(new Luma().runsCode());
        assertEquals(Optional.empty(), new Luma().absorb(new Luma()));
    }

    @Test
    void stateIsAnEffect() {
        assertEquals(Effect.PRIVATE, new Count().effect());
        assertEquals(Effect.NONE, new Total().effect());
        assertNull(new Total().start());
        assertEquals(List.of(SpecPattern.OPEN), new Count().promise(List.of(SpecPattern.OPEN)));
    }

    @Test
    void aSourceIsRandomIfItIsShuffled() {
        assertTrue(new Folder(true).random());
        assertFalse(new Folder(false).random());
        assertEquals(Range.singleton(0), new Folder(true).arity());
        assertEquals("sample 3 of the source", new Folder(true).open().name(3));
    }

    @Test
    void aKindIsTheRecordsNameAndTheSameInEveryRun() {
        assertEquals("Luma", new Luma().kind());
        SampleOperator lambda = (in, out, context) -> {};
        assertEquals("Operator", lambda.kind());
        var anonymous =
                new SampleOperator() {
                    @Override
                    public void run(Inputs in, Outputs out, SampleContext context) {}
                };
        assertEquals("Operator", anonymous.kind());
    }
}
