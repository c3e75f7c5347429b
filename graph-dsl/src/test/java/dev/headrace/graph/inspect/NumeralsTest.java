package dev.headrace.graph.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.primitives.ImmutableLongArray;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumeralsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "255, 255",
        "-2.1179039, -2.118",
        "18446744073709551615, 18446744073709551615",
        "100000000000000000000, 1e20",
        "0.001234567, 0.001235",
        "0.0001234567, 0.0001235",
        "0.00001234567, 1.235e-5",
        "123456.7, 123500",
        "1234567.8, 1.235e6",
        "0.5, 0.5",
        "9.99996, 10"
    })
    void wholeNumbersAreInFullOthersHaveFourDigits(String number, String text) {
        assertEquals(text, Numerals.text(new BigDecimal(number)));
    }

    @Test
    void whatIsNoNumberIsSaid() {
        assertEquals("NaN", Numerals.rough(Double.NaN));
        assertEquals("Infinity", Numerals.rough(Double.POSITIVE_INFINITY));
        assertEquals("0.333", Numerals.rough(1.0 / 3));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 9, 0 %",
        "9, 9, 100 %",
        "1, 8, 13 %",
        "1, 100, 1 %",
        "1, 101, < 1 %",
        "100, 101, > 99 %",
        "99, 100, 99 %",
        "1, 2, 50 %"
    })
    void onlyAllIsAHundredPercent(long part, long whole, String text) {
        assertEquals(text, Numerals.percent(part, whole));
    }

    @Test
    void theLeastThatIsThereShows() {
        assertEquals("█·▁▄", Numerals.bars(ImmutableLongArray.of(1000, 0, 1, 500)));
        assertEquals("", Numerals.bars(ImmutableLongArray.of()));
    }
}
