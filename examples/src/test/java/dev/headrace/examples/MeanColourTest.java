package dev.headrace.examples;

import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;

import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.util.List;

class MeanColourTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "each channel has its own mean",
                        new MeanColour(),
                        uint8("HWC", shape(2, 1, 3), 10, 20, 255, 11, 40, 255),
                        float32("C", shape(3), 10.5, 30, 255),
                        0),
                new Case(
                        "grey has one",
                        new MeanColour(),
                        uint8("HWC", shape(1, 4, 1), 0, 1, 2, 4),
                        float32("C", shape(1), 1.75),
                        0));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "refuses floats",
                        new MeanColour(),
                        float32("HWC", shape(1, 1, 3), 1, 2, 3),
                        "MeanColour takes UINT8 HWC of at least one pixel, got FLOAT32 HWC 1×1×3"));
    }
}
