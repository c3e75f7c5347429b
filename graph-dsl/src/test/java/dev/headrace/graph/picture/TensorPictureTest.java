package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TensorPictureTest {
    private static TensorPicture picture(
            ElementType type, String layout, long[] extents, double... elements) {
        return maybe(type, layout, extents, elements).orElseThrow();
    }

    private static Optional<TensorPicture> maybe(
            ElementType type, String layout, long[] extents, double... elements) {
        var spec = TensorSpec.of(type, layout, extents);
        var segment = Arena.ofAuto().allocate(Math.max(8, spec.bytes()), 8);
        var tensor = new Tensor(spec, segment.address(), Storage.permanent("a test"), true);
        for (int i = 0; i < elements.length; i++) {
            tensor.number(i, elements[i]);
        }
        var picture = TensorPicture.of(tensor);
        java.lang.ref.Reference.reachabilityFence(segment);
        return picture;
    }

    private static long[] shape(long... extents) {
        return extents;
    }

    private static String pixels(TensorPicture picture) {
        var image = picture.image();
        return IntStream.range(0, image.getWidth() * image.getHeight())
                .mapToObj(
                        i ->
                                "%08x"
                                        .formatted(
                                                image.getRGB(
                                                        i % image.getWidth(),
                                                        i / image.getWidth())))
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();
    }

    @Test
    void bytesAreShownAsTheyAreInAnyOrderOfAxes() {
        var colours = "ff010203 ff040506";
        assertEquals(
                colours,
                pixels(picture(ElementType.UINT8, "HWC", shape(1, 2, 3), 1, 2, 3, 4, 5, 6)));
        assertEquals(
                colours,
                pixels(picture(ElementType.UINT8, "CHW", shape(3, 1, 2), 1, 4, 2, 5, 3, 6)));
        assertEquals(
                colours,
                pixels(picture(ElementType.UINT8, "WCH", shape(2, 3, 1), 1, 2, 3, 4, 5, 6)));
        assertEquals(
                "ff070707 ff090909", pixels(picture(ElementType.UINT8, "HW", shape(1, 2), 7, 9)));
        assertEquals(
                "ff070707 ff090909",
                pixels(picture(ElementType.UINT8, "HWC", shape(1, 2, 1), 7, 9)));
        assertEquals(
                "08010203", pixels(picture(ElementType.UINT8, "HWC", shape(1, 1, 4), 1, 2, 3, 8)));
    }

    @Test
    void axesWithoutNamesAreGuessed() {
        assertEquals(
                "ff070707 ff090909", pixels(picture(ElementType.UINT8, "", shape(1, 2), 7, 9)));
        assertEquals("ff010203", pixels(picture(ElementType.UINT8, "", shape(1, 1, 3), 1, 2, 3)));
        assertEquals(
                "ff010305 ff020406",
                pixels(picture(ElementType.UINT8, "", shape(3, 1, 2), 1, 2, 3, 4, 5, 6)));
    }

    @Test
    void ofFurtherAxesTheFirstIsShownAndSaid() {
        var frames = picture(ElementType.UINT8, "FHW", shape(2, 1, 1), 5, 9);
        assertEquals("ff050505", pixels(frames));
        assertEquals("the first of several", frames.note());
        var planes = picture(ElementType.UINT8, "HWC", shape(1, 1, 5), 5, 6, 7, 8, 9);
        assertEquals("ff050607", pixels(planes));
        assertEquals("some of 5 channels", planes.note());
    }

    @Test
    void floatsAreStretchedOverTheirRangeAndItIsSaid() {
        for (var type :
                new ElementType[] {
                    ElementType.FLOAT16,
                    ElementType.BFLOAT16,
                    ElementType.FLOAT32,
                    ElementType.FLOAT64
                }) {
            var picture = picture(type, "HW", shape(1, 3), -2, 0, 2);
            assertEquals("ff000000 ff808080 ffffffff", pixels(picture));
            assertEquals("stretched from -2.000 to 2.000", picture.note());
        }
    }

    @Test
    void aRangeThatIsTooLargeForOneNumberIsStretchedToo() {
        double most = Double.MAX_VALUE;
        var picture = picture(ElementType.FLOAT64, "HW", shape(1, 3), -most, 0, most);
        assertEquals("ff000000 ff808080 ffffffff", pixels(picture));
    }

    @Test
    void oneValueEverywhereIsGreyAndWhatIsNoNumberStandsOut() {
        var flat = picture(ElementType.FLOAT32, "HW", shape(1, 2), 3, 3);
        assertEquals("ff808080 ff808080", pixels(flat));
        assertEquals("everywhere 3.000", flat.note());
        var odd =
                picture(
                        ElementType.FLOAT32,
                        "HW",
                        shape(1, 5),
                        0,
                        1,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY);
        assertEquals("ff000000 ffffffff ffff00ff ffffffff ff000000", pixels(odd));
        assertEquals("stretched from 0.000 to 1.000, NaN is magenta", odd.note());
        assertEquals(
                "ffff00ff", pixels(picture(ElementType.FLOAT32, "HW", shape(1, 1), Double.NaN)));
    }

    @Test
    void whatIsNoImageIsNotShown() {
        assertEquals(Optional.empty(), maybe(ElementType.INT64, "", shape(), 7));
        assertEquals(Optional.empty(), maybe(ElementType.UINT8, "", shape(4), 1, 2, 3, 4));
        assertEquals(Optional.empty(), maybe(ElementType.UINT8, "", shape(2, 2, 2)));
        assertEquals(Optional.empty(), maybe(ElementType.UINT8, "HWC", shape(0, 2, 3)));
        assertEquals(Optional.empty(), maybe(ElementType.UINT8, "XY", shape(2, 2)));
    }

    @Test
    void largeImagesAreScaledDown() {
        var large = picture(ElementType.UINT8, "HW", shape(5000, 2500)).image();
        assertEquals(512, large.getHeight());
        assertEquals(256, large.getWidth());
        var thin = picture(ElementType.UINT8, "HW", shape(1, 100_000)).image();
        assertEquals(512, thin.getWidth());
        assertEquals(1, thin.getHeight());
    }
}
