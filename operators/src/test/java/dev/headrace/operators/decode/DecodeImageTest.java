package dev.headrace.operators.decode;

import static dev.headrace.testkit.Tensors.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.operators.decode.ImageFiles.ImageFile;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Tensors;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Expected pixels are Pillow's, kept by `decode.py`; libturbojpeg, ImageIO and Pillow agree on
/// them to the byte.
class DecodeImageTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        var cases = ImmutableList.<Case>builder();
        for (var file : ImageFiles.decodable()) {
            cases.add(decodes(DecodeImage.rgb(), file, file.rgb()));
            if (file.isJpeg()) {
                cases.add(decodes(DecodeImage.grey(), file, file.grey()));
            }
        }
        for (var name : List.of("420.jpg", "cmyk.jpg", "rgba.png", "palette.png", "grey.png")) {
            var file = ImageFiles.named(name);
            cases.add(decodes(DecodeImage.bgr(), file, reversed(file.rgb())));
        }
        for (var name : List.of("rgba.png", "palette.png", "cmyk.tiff", "turn.tiff")) {
            var file = ImageFiles.named(name);
            cases.add(decodes(DecodeImage.grey(), file, lumaOf(file.rgb())));
        }
        var turned = ImageFiles.named("turn6.jpg");
        cases.add(
                new Case(
                        "leaves a picture as stored",
                        DecodeImage.rgb().orientation(false),
                        bytes(turned.bytes()),
                        pixels(turned.width(), turned.height(), turnedLeft(turned)),
                        0));
        cases.add(
                Case.of("tells files apart by their bytes", DecodeImage.grey())
                        .given(bytes(ImageFiles.named("grey.png").bytes()))
                        .given(bytes(ImageFiles.named("grey.jpg").bytes()))
                        .expect(grey("grey.png", lumaOf(ImageFiles.named("grey.png").rgb())))
                        .expect(grey("grey.jpg", ImageFiles.named("grey.jpg").grey())));
        return cases.build();
    }

    private static Case decodes(DecodeImage operator, ImageFile file, byte[] expected) {
        return new Case(
                operator.colour() + " of " + file,
                operator,
                bytes(file.bytes()),
                pixels(file.height(), file.width(), expected),
                TurboJpeg.isThere() ? 0 : file.imageIoTolerance());
    }

    private static TensorValue grey(String file, byte[] luma) {
        return pixels(ImageFiles.named(file).height(), ImageFiles.named(file).width(), luma);
    }

    private static TensorValue pixels(int height, int width, byte[] pixels) {
        int channels = pixels.length / height / width;
        return TensorValue.of(
                TensorSpec.of(ElementType.UINT8, "HWC", height, width, channels), pixels);
    }

    static TensorValue bytes(byte[] file) {
        return TensorValue.of(TensorSpec.of(ElementType.UINT8, "", file.length), file);
    }

    private static byte[] reversed(byte[] rgb) {
        var bgr = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            bgr[i] = rgb[i / 3 * 3 + 2 - i % 3];
        }
        return bgr;
    }

    /// `0.299·R + 0.587·G + 0.114·B`, where a rest of a half does not occur.
    private static byte[] lumaOf(byte[] rgb) {
        var luma = new byte[rgb.length / 3];
        for (int i = 0; i < luma.length; i++) {
            double sum =
                    0.299 * Byte.toUnsignedInt(rgb[3 * i])
                            + 0.587 * Byte.toUnsignedInt(rgb[3 * i + 1])
                            + 0.114 * Byte.toUnsignedInt(rgb[3 * i + 2]);
            luma[i] = (byte) Math.round(sum);
        }
        return luma;
    }

    /// What a camera stored that was held so that 6 (turn right) makes it upright.
    private static byte[] turnedLeft(ImageFile file) {
        var upright = file.rgb();
        var stored = new byte[upright.length];
        int at = 0;
        for (int x = file.width() - 1; x >= 0; x--) {
            for (int y = 0; y < file.height(); y++) {
                System.arraycopy(upright, 3 * (y * file.width() + x), stored, at, 3);
                at += 3;
            }
        }
        return stored;
    }

    @Override
    public List<Refusal> refusals() {
        var jpeg = ImageFiles.named("420.jpg").bytes();
        var png = ImageFiles.named("rgb.png").bytes();
        var huge = png.clone(); // 100,000 × 100,000 in its header
        for (int at : new int[] {16, 20}) {
            System.arraycopy(new byte[] {0, 1, (byte) 0x86, (byte) 0xA0}, 0, huge, at, 4);
        }
        var flat = jpeg.clone();
        int frame = 2;
        while ((flat[frame + 1] & 0xFF) != 0xC0) { // the lengths of segments lead to the frame
            frame += 2 + ((flat[frame + 2] & 0xFF) << 8 | flat[frame + 3] & 0xFF);
        }
        flat[frame + 5] = flat[frame + 6] = 0;
        return List.of(
                refusal(
                        "a JPEG of no rows",
                        flat,
                        "this JPEG cannot be decoded: its header states no extents"),
                refusal(
                        "text",
                        "hello world, this is not an image.txt".getBytes(StandardCharsets.UTF_8),
                        "DecodeImage takes JPEG, PNG, BMP, GIF or TIFF, got 37 bytes that begin"
                                + " with \"hello wor…\""),
                refusal(
                        "other bytes",
                        new byte[] {0, 1, 2, -1},
                        "DecodeImage takes JPEG, PNG, BMP, GIF or TIFF, got 4 bytes that begin"
                                + " with 00 01 02 ff"),
                refusal(
                        "nothing",
                        new byte[0],
                        "DecodeImage takes JPEG, PNG, BMP, GIF or TIFF, got 0 bytes"),
                refusal(
                        "a JPEG that ends in its header",
                        Arrays.copyOf(jpeg, 100),
                        "this JPEG cannot be decoded: its 100 bytes end within the header"),
                refusal(
                        "a JPEG without an image",
                        new byte[] {-1, (byte) 0xD8, -1, (byte) 0xD9},
                        "this JPEG cannot be decoded: it holds no image"),
                refusal(
                        "a JPEG that ends early",
                        Arrays.copyOf(jpeg, jpeg.length - 300),
                        "this JPEG cannot be decoded: "
                                + (TurboJpeg.isThere()
                                        ? "Premature end of JPEG file (libturbojpeg)"
                                        : "Truncated File - Missing EOI marker (ImageIO)")),
                refusal(
                        "a PNG that ends early",
                        Arrays.copyOf(png, png.length / 2),
                        "this PNG cannot be decoded: Unexpected end of ZLIB input stream (ImageIO)"),
                refusal(
                        "more pixels than the limit",
                        huge,
                        "DecodeImage takes up to 100000000 pixels, got 100000×100000; raise it by"
                                + " limitPixels(10000000000)"),
                new Refusal(
                        "what is no file",
                        DecodeImage.rgb(),
                        Tensors.uint8("HWC", shape(1, 1, 1), 7),
                        "DecodeImage takes the bytes of a file, UINT8 of one axis, got UINT8 HWC"
                                + " 1×1×1"),
                new Refusal(
                        "a limit below 1",
                        () -> DecodeImage.rgb().limitPixels(0),
                        "a limit of 0 pixels"));
    }

    private static Refusal refusal(String name, byte[] file, String message) {
        return new Refusal(name, DecodeImage.rgb(), bytes(file), message);
    }

    @Test
    void promisesChannelsAndRefusesOtherTypesWhileTheGraphIsBuilt() {
        assertEquals(
                "UINT8 HWC ?×?×1",
                DecodeImage.grey().promise(List.of(SpecPattern.OPEN)).getFirst().toString());
        var floats = SpecPattern.OPEN.withType(ElementType.FLOAT32);
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> DecodeImage.rgb().promise(List.of(floats)));
        assertEquals(
                "DecodeImage takes the bytes of a file, UINT8 of one axis, got FLOAT32 ? ?",
                refused.getMessage());
    }
}
