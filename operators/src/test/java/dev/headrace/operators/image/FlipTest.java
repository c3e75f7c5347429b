package dev.headrace.operators.image;

import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.operators.Seeds;
import dev.headrace.testkit.Absorption;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FlipTest implements CudaContract {
    private static final TensorValue IMAGE =
            uint8("HWC", shape(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

    @Override
    public List<Case> cases() {
        var cases = ImmutableList.<Case>builder();
        cases.add(
                new Case(
                        "left for right",
                        Flip.horizontal(),
                        IMAGE,
                        uint8("HWC", shape(2, 2, 3), 4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9),
                        0),
                new Case(
                        "top for bottom",
                        Flip.vertical(),
                        IMAGE,
                        uint8("HWC", shape(2, 2, 3), 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6),
                        0),
                new Case(
                        "both, of floats",
                        new Flip(Argument.of(1), Argument.of(1)),
                        float32("HWC", shape(2, 2, 1), 0.5, 1, 1.5, 2),
                        float32("HWC", shape(2, 2, 1), 2, 1.5, 1, 0.5),
                        0),
                Case.of("where another node says", Flip.horizontal(new Input(1)))
                        .given(IMAGE, scalar(ElementType.BOOL, 0))
                        .given(uint8("HWC", shape(1, 2, 1), 7, 8), scalar(ElementType.BOOL, 1))
                        .expect(IMAGE)
                        .expect(uint8("HWC", shape(1, 2, 1), 8, 7)));
        for (var line : Reference.lines("flip")) {
            var flip = new Flip(Argument.of(line.real(2)), Argument.of(line.real(3)));
            cases.add(
                    new Case("as Pillow: " + flip, flip, Reference.noise(), line.image(12, 17), 0));
        }
        return cases.build();
    }

    @Override
    public List<Absorption> absorptions() {
        var normalize = Normalize.imagenet().layout("CHW");
        return List.of(
                new Absorption("always, then normalized", Flip.horizontal(), normalize, IMAGE),
                new Absorption(
                        "where another node says, then normalized",
                        Flip.horizontal(new Input(1)),
                        normalize,
                        IMAGE,
                        scalar(ElementType.BOOL, 1)));
    }

    @Test
    void absorbsNoNormalizationThatMirrorsByItself() {
        var mirrored = Normalize.imagenet().mirror(Argument.of(1));
        assertEquals(Optional.empty(), Flip.horizontal().absorb(mirrored));
        assertEquals(Optional.empty(), Flip.vertical().absorb(Normalize.imagenet()));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "another layout",
                        Flip.horizontal(),
                        uint8("CHW", shape(1, 1, 1), 1),
                        "Flip takes HWC, got UINT8 CHW 1×1×1"),
                new Refusal(
                        "a label",
                        Flip.horizontal(),
                        scalar(ElementType.INT64, 7),
                        "Flip takes HWC, got INT64 scalar"),
                new Refusal(
                        "numbers of one axis",
                        Flip.horizontal(),
                        float32("", shape(2), 7, 8),
                        "Flip takes HWC, got FLOAT32 2"),
                new Refusal(
                        "neither yes nor no",
                        () -> Flip.vertical(new Input(1)),
                        ImmutableList.of(IMAGE, scalar(ElementType.FLOAT32, 0.5)),
                        "upDown 0.5 is neither 0 nor 1"),
                new Refusal(
                        "a constant that is neither",
                        () -> Flip.horizontal(Argument.of(2)),
                        "leftRight 2.0 is neither 0 nor 1"),
                new Refusal("nothing", () -> Flip.horizontal(null), "leftRight is missing"));
    }

    @Test
    void promisesWhatItIsGiven() {
        var photos = SpecPattern.of(ElementType.UINT8, "HWC", ANY, ANY, 3);
        assertEquals(photos, Flip.horizontal().promise(photos));
        assertEquals("? HWC ?×?×?", Flip.horizontal().promise(SpecPattern.OPEN).toString());
    }

    /// By hand: element `[y, x, c]` of the output is `[y, W - 1 - x, c]` of the input.
    @Test
    void mirrorsRowsOfAnyLengthAndPixelsOfAnySize() {
        for (long seed = 0; seed < 200; seed++) {
            var random = Seeds.random(seed);
            int height = random.nextInt(3);
            int width = random.nextInt(40);
            int channels = random.nextInt(5);
            var type = random.nextInt(3) > 0 ? ElementType.UINT8 : ElementType.FLOAT64;
            var spec = TensorSpec.of(type, "HWC", height, width, channels);
            var in = new double[height * width * channels];
            var expected = in.clone();
            for (int i = 0; i < in.length; i++) {
                in[i] = random.nextInt(256);
                int x = i / channels % width;
                expected[i + (width - 1 - 2 * x) * channels] = in[i];
            }
            var out =
                    Trial.of(Flip.horizontal(), List.of(List.of(TensorValue.of(spec, in))))
                            .run(Options.batchSize(1).threads(1))
                            .getFirst()
                            .getFirst();
            assertEquals(TensorValue.of(spec, expected), out, "seed " + seed + " " + spec);
        }
    }
}
