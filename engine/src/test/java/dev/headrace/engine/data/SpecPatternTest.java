package dev.headrace.engine.data;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.engine.data.SpecPattern.OPEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpecPatternTest {
    private static final TensorSpec IMAGE = TensorSpec.of(UINT8, "HWC", 480, 640, 3);
    private static final SpecPattern SOME = SpecPattern.of(UINT8, "HWC", ANY, 640, 3);

    @Test
    void admitsWhatAgreesInAllThatIsKnown() {
        assertTrue(OPEN.admits(IMAGE));
        assertTrue(SOME.admits(IMAGE));
        assertTrue(SpecPattern.exactly(IMAGE).admits(IMAGE));
        assertTrue(OPEN.withType(UINT8).admits(IMAGE));
        assertTrue(OPEN.withLayout("HWC").admits(IMAGE));
        assertTrue(OPEN.withExtents(ANY, ANY, ANY).admits(IMAGE));
        assertFalse(OPEN.withType(FLOAT32).admits(IMAGE));
        assertFalse(OPEN.withLayout("").admits(IMAGE));
        assertFalse(OPEN.withLayout("CHW").admits(IMAGE));
        assertFalse(OPEN.withExtents(ANY, ANY).admits(IMAGE));
        assertFalse(OPEN.withExtents(ANY, 641, ANY).admits(IMAGE));
        assertFalse(OPEN.withExtents().admits(IMAGE));
        assertTrue(OPEN.withExtents().admits(TensorSpec.scalar(UINT8)));
    }

    @Test
    void knowsWhatIsKnown() {
        assertEquals(Optional.of(UINT8), SOME.type());
        assertEquals(Optional.of("HWC"), SOME.layout());
        assertEquals(3, SOME.rank());
        assertEquals(ANY, SOME.extent(0));
        assertEquals(640, SOME.extent(1));
        assertEquals(3, SOME.extent('C'));
        assertEquals(ANY, SOME.extent('N'));
        assertEquals(ANY, SOME.extent(3));
        assertEquals(Optional.empty(), OPEN.type());
        assertEquals(Optional.empty(), OPEN.layout());
        assertEquals(-1, OPEN.rank());
        assertEquals(ANY, OPEN.extent(0));
        assertEquals(ANY, OPEN.extent('H'));
        assertEquals(ANY, OPEN.withLayout("HW").extent('H'));
    }

    @Test
    void isExactOnceAllIsKnown() {
        assertEquals(Optional.of(IMAGE), SpecPattern.exactly(IMAGE).exact());
        assertEquals(Optional.of(IMAGE), SOME.withExtent(0, 480).exact());
        assertEquals(Optional.empty(), SOME.exact());
        assertEquals(Optional.empty(), OPEN.exact());
        assertEquals(Optional.empty(), OPEN.withType(UINT8).withLayout("").exact());
        assertEquals(Optional.empty(), OPEN.withType(UINT8).withExtents().exact());
        var scalar = TensorSpec.scalar(UINT8);
        assertEquals(
                Optional.of(scalar), OPEN.withType(UINT8).withLayout("").withExtents().exact());
    }

    @Test
    void forgetsAndLearns() {
        assertEquals(SOME, SpecPattern.exactly(IMAGE).withExtent(0, ANY));
        assertEquals(OPEN.withType(UINT8).withLayout("HWC"), SOME.withOpenShape());
        assertSame(OPEN, OPEN.withExtent(0, 7));
        assertSame(SOME, SOME.withExtent(3, 7));
        assertSame(SOME, SOME.withExtent(-1, 7));
        assertEquals(
                SpecPattern.exactly(IMAGE.withType(FLOAT32)),
                SpecPattern.exactly(IMAGE).withType(FLOAT32));
    }

    @Test
    void comparesByContent() {
        assertEquals(SOME.hashCode(), SpecPattern.of(UINT8, "HWC", ANY, 640, 3).hashCode());
        assertNotEquals(SOME, SOME.withType(FLOAT32));
        assertNotEquals(SOME, SOME.withLayout("CHW"));
        assertNotEquals(SOME, SOME.withExtent(0, 1));
        assertNotEquals(SOME, SOME.withOpenShape());
        assertNotEquals(OPEN.withExtents(), OPEN);
        assertNotEquals(OPEN.withLayout(""), OPEN);
    }

    @Test
    void readsAsASpecWithQuestionMarks() {
        assertEquals("?", OPEN.toString());
        assertEquals("UINT8 HWC ?×640×3", SOME.toString());
        assertEquals(IMAGE.toString(), SpecPattern.exactly(IMAGE).toString());
        assertEquals("? HWC ?", OPEN.withLayout("HWC").toString());
        assertEquals("UINT8 ? ?", OPEN.withType(UINT8).toString());
        assertEquals("UINT8 ?", OPEN.withType(UINT8).withLayout("").toString());
        assertEquals("?", OPEN.withLayout("").toString());
        assertEquals("? ? ?×3", OPEN.withExtents(ANY, 3).toString());
        var scalar = TensorSpec.scalar(UINT8);
        assertEquals("UINT8 scalar", SpecPattern.exactly(scalar).toString());
    }
}
