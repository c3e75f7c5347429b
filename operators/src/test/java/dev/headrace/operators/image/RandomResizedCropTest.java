package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandomResizedCropTest implements CudaContract {
    @Override
    public List<Case> cases() {
        var row = new double[100];
        for (int i = 0; i < row.length; i++) {
            row[i] = i;
        }
        return List.of(
                new Case(
                        "the whole of a square, where nothing else is allowed",
                        RandomResizedCrop.to(1, 1).area(1, 1).aspect(1, 1),
                        uint8("HWC", shape(2, 2, 1), 10, 20, 30, 40),
                        uint8("HWC", shape(1, 1, 1), 25),
                        0),
                new Case(
                        "the middle, where nothing else fits",
                        RandomResizedCrop.to(2, 1).area(1, 1),
                        uint8("HWC", shape(1, 100, 1), row),
                        uint8("HWC", shape(2, 1, 1), 49, 49),
                        0),
                new Case(
                        "with another filter and type",
                        RandomResizedCrop.to(1, 1)
                                .area(1, 1)
                                .aspect(4, 4)
                                .filter(Filter.NEAREST)
                                .antialias(false)
                                .type(FLOAT32),
                        uint8("HWC", shape(1, 4, 1), 10, 20, 30, 40),
                        float32("HWC", shape(1, 1, 1), 30),
                        0),
                Case.of("any window, the same each time", RandomResizedCrop.to(5, 6))
                        .given(Reference.noise())
                        .given(Reference.images().get("photo")));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "another element type",
                        RandomResizedCrop.to(2, 2),
                        float32("HWC", shape(1, 1, 1), 1),
                        "RandomResizedCrop takes UINT8 HWC of at least one pixel, got FLOAT32 HWC"
                                + " 1×1×1"),
                new Refusal(
                        "more than the image",
                        () -> RandomResizedCrop.to(2, 2).area(0.5, 1.5),
                        "areas 0.5 to 1.5 are not within 0 to 1"),
                new Refusal(
                        "aspects in the wrong order",
                        () -> RandomResizedCrop.to(2, 2).aspect(2, 1),
                        "aspects 2.0 to 1.0 are in the wrong order: the least comes first"),
                new Refusal(
                        "areas in the wrong order",
                        () -> RandomResizedCrop.to(2, 2).area(0.9, 0.2),
                        "areas 0.9 to 0.2 are in the wrong order: the least comes first"),
                new Refusal(
                        "an aspect of 0",
                        () -> RandomResizedCrop.to(2, 2).aspect(0, 1),
                        "aspects 0.0 to 1.0 are no range above 0"),
                new Refusal("no size", () -> RandomResizedCrop.to(2, -1), "cannot resize to 2×-1"));
    }

    @Test
    void windowsDifferFromSampleToSample() {
        var image = Reference.noise();
        var trial = Trial.of(RandomResizedCrop.to(4, 4), List.of(List.of(image))).size(50);
        var different = new HashSet<>(trial.run(Options.batchSize(5).threads(1)).getFirst());
        assertTrue(different.size() > 40, different.size() + " of 50 differ");
    }

    /// A column gradient tells which window was taken: with one output pixel, its middle.
    @Test
    void windowsSpreadOverTheImage() {
        var gradient = IntStream.range(0, 201).mapToDouble(i -> i).toArray();
        TensorValue image = uint8("HWC", shape(1, 201, 1), gradient);
        var narrow = RandomResizedCrop.to(1, 1).area(1 / 201.0, 1 / 201.0).aspect(1, 1);
        var trial = Trial.of(narrow, List.of(List.of(image))).size(2_000);
        var counts = new int[3];
        for (var pixel : trial.run(Options.batchSize(100).threads(1)).getFirst()) {
            counts[(int) pixel.number(0) / 67]++;
        }
        for (int third : counts) { // 667 expected, standard deviation 21; the seed is fixed
            assertTrue(third > 580 && third < 750, third + " of 2000 in a third of the image");
        }
    }

    @Test
    void promisesItsSize() {
        var photos = SpecPattern.of(UINT8, "HWC", ANY, ANY, 3);
        var crop = RandomResizedCrop.to(224, 224);
        assertEquals("UINT8 HWC 224×224×3", crop.promise(photos).toString());
        assertEquals("UINT8 HWC 224×224×?", crop.promise(SpecPattern.OPEN).toString());
    }
}
