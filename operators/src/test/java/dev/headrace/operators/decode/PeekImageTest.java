package dev.headrace.operators.decode;

import static dev.headrace.operators.decode.DecodeImageTest.bytes;
import static dev.headrace.testkit.Tensors.int64;
import static dev.headrace.testkit.Tensors.shape;

import com.google.common.collect.ImmutableList;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.util.Arrays;
import java.util.List;

class PeekImageTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        var cases = ImmutableList.<Case>builder();
        for (var file : ImageFiles.all()) {
            cases.add(
                    new Case(
                            "extents of " + file,
                            PeekImage.extents(),
                            bytes(file.bytes()),
                            int64("", shape(3), file.height(), file.width(), file.channels()),
                            0));
        }
        var jpeg = ImageFiles.named("420.jpg").bytes();
        cases.add(
                new Case(
                        "the pixels are not looked at",
                        PeekImage.extents(),
                        bytes(Arrays.copyOf(jpeg, jpeg.length - 500)),
                        int64("", shape(3), 33, 47, 3),
                        0));
        var turned = ImageFiles.named("turn6.jpg");
        cases.add(
                new Case(
                        "extents as stored",
                        PeekImage.extents().orientation(false),
                        bytes(turned.bytes()),
                        int64("", shape(3), turned.width(), turned.height(), 3),
                        0));
        return cases.build();
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "text",
                        PeekImage.extents(),
                        bytes("notes".getBytes()),
                        "PeekImage takes JPEG, PNG, BMP, GIF or TIFF, got 5 bytes that begin with"
                                + " \"notes\""));
    }
}
