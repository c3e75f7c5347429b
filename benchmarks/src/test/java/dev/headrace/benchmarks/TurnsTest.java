package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
    @Test
    void eachRoundBeginsWithTheNextSide() throws IOException, InterruptedException {
        var ran = new ArrayList<String>();
        var told = new ArrayList<String>();
        var rates =
                Turns.take(
                        4,
                        List.of("a", "b", "c"),
                        side -> {
                            ran.add(side);
                            return rate(side, ran.size());
                        },
                        (round, last) -> told.add(round + " " + numbers(last)));
        assertEquals("abc bca cab abc".replace(" ", ""), String.join("", ran));
        assertEquals(List.of("1 [101, 202, 303]", "2 [106, 204, 305]"), told.subList(0, 2));
        assertEquals("[101, 106, 108, 110]", numbers(rates.getFirst()).toString());
        assertEquals("[303, 305, 307, 312]", numbers(rates.getLast()).toString());
    }

    /// Tells who it was, in hundreds, and the how manieth run.
    private static Side.Rate rate(String side, int run) {
        return new Side.Rate(100 * (side.charAt(0) - 'a' + 1) + run, 1);
    }

    private static List<Integer> numbers(List<Side.Rate> rates) {
        return rates.stream().map(rate -> (int) rate.perSecond()).toList();
    }
}
