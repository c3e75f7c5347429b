package dev.headrace.operators.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.External;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RegionTest {
    @Test
    void refusesWhatIsNoRegion() {
        assertRefused("a region of 0×3 pixels from 1, 2", () -> new Region(1, 2, 0, 3, 1));
        assertRefused("a region of 3×0 pixels from 1, 2", () -> new Region(1, 2, 3, 0, 1));
        assertRefused("a region of 3×3 pixels from -1, 2", () -> new Region(-1, 2, 3, 3, 1));
        assertRefused("a region of 3×3 pixels from 1, -2", () -> new Region(1, -2, 3, 3, 1));
        assertRefused(
                "a region is shrunk by 1, 2, 4 or 8, not by 3", () -> new Region(1, 2, 3, 3, 3));
    }

    private static void assertRefused(String message, Executable region) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, region).getMessage());
    }

    @Test
    void isRefusedOutsideOfItsImage() {
        assertOutside(new Region(30, 0, 4, 47, 1));
        assertOutside(new Region(0, 40, 33, 8, 1));
        assertOutside(new Region(Integer.MAX_VALUE, 0, 1, 1, 1));
    }

    private static void assertOutside(Region region) {
        var file = DecodeImageTest.bytes(ImageFiles.named("420.jpg").bytes());
        var graph = Graph.named("outside");
        graph.output("part", graph.read(External.indexed(1, i -> file)).then(new Fixed(region)));
        try (var pipeline = graph.build(Options.batchSize(1))) {
            var refused = assertThrows(BadSample.class, pipeline::next);
            assertEquals(
                    region + " is not within UINT8 HWC 33×47×3", refused.getCause().getMessage());
        }
    }

    record Fixed(Region region) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            var part = DecodeImage.rgb().part(in.get(0), whole -> region, context);
            out.make(0, part.pixels().spec()).copyFrom(part.pixels());
        }
    }
}
