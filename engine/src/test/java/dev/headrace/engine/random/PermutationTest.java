package dev.headrace.engine.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class PermutationTest {
    private static final int KEYS = 20_000;

    @Test
    void everyNumberOccursOnce() {
        var sizes = new ArrayList<Long>();
        for (long size = 1; size <= 300; size++) {
            sizes.add(size);
        }
        for (long size : new long[] {509, 997, 1009, 7919}) { // primes
            sizes.add(size);
        }
        for (int log = 9; log <= 14; log++) {
            sizes.addAll(List.of((1L << log) - 1, 1L << log, (1L << log) + 1));
        }
        for (long root : new long[] {31, 100, 255}) {
            sizes.addAll(List.of(root * root, root * root + 1, root * (root + 1)));
        }
        for (long size : sizes) {
            for (long key : new long[] {0, -1, 0x123456789ABCDEFL + size}) {
                assertBijection(size, key);
            }
        }
    }

    private static void assertBijection(long size, long key) {
        var permutation = new Permutation(size, key);
        var seen = new BitSet((int) size);
        for (long position = 0; position < size; position++) {
            long number = permutation.at(position);
            assertTrue(number >= 0 && number < size, () -> "size " + size + " key " + key);
            seen.set((int) number);
        }
        assertEquals(size, seen.cardinality(), () -> "size " + size + ", key " + key);
    }

    @Test
    void tenMillionNumbersAreShuffledWithoutHoldingThem() {
        long size = 10_000_000;
        var permutation = new Permutation(size, 42);
        var seen = new BitSet((int) size);
        permutation.at(0); // loads what it needs
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (long position = 0; position < size; position++) {
            seen.set((int) permutation.at(position));
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(size, seen.cardinality());
        assertTrue(allocated < 100_000, allocated + " bytes for " + size + " numbers");
    }

    @Test
    void largestSizeStaysInRange() {
        long size = 1L << 48;
        for (long of : new long[] {size, size - 1, (1L << 47) + 1}) {
            var permutation = new Permutation(of, 7);
            var seen = new HashSet<Long>();
            for (long position = 0; position < 10_000; position++) {
                seen.add(permutation.at(position));
                seen.add(permutation.at(of - 1 - position));
            }
            assertEquals(20_000, seen.size());
            assertTrue(seen.stream().allMatch(number -> number >= 0 && number < of));
        }
    }

    @Test
    void refusesPositionsAndSizesOutside() {
        var permutation = new Permutation(10, 0);
        assertEquals(10, permutation.size());
        var refusal = assertThrows(IllegalArgumentException.class, () -> permutation.at(10));
        assertEquals("position 10 is not below 10", refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> permutation.at(-1));
        refusal = assertThrows(IllegalArgumentException.class, () -> new Permutation(0, 0));
        assertEquals("a permutation of 0 numbers", refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Permutation((1L << 48) + 1, 0));
    }

    /// They decide the order of every shuffled epoch, so they are fixed.
    @Test
    void ordersNeverChange() {
        assertEquals("8 5 1 7 6 3 4 0 9 2", order(10, 42));
        assertEquals("0 3 5 4 6 2 1", order(7, -1));
    }

    @Test
    void differentKeysGiveDifferentOrders() {
        var orders = new HashSet<String>();
        for (long key = 0; key < 1000; key++) {
            orders.add(order(20, key));
            orders.add(order(20, key << 32));
        }
        assertEquals(1999, orders.size()); // key 0 occurs twice
    }

    private static String order(long size, long key) {
        var permutation = new Permutation(size, key);
        var order = new StringBuilder();
        for (long position = 0; position < size; position++) {
            order.append(permutation.at(position)).append(' ');
        }
        return order.toString().strip();
    }

    @Test
    void allOrdersOfAFewNumbersAreEquallyLikely() {
        int orders = 1;
        for (int size = 2; size <= 6; size++) {
            orders *= size;
            var counts = new HashMap<String, Integer>();
            for (int key = 0; key < KEYS; key++) {
                counts.merge(order(size, key), 1, Integer::sum);
            }
            assertEquals(orders, counts.size(), "orders of " + size);
            double expected = (double) KEYS / orders;
            double chiSquare = 0;
            for (int count : counts.values()) {
                chiSquare += (count - expected) * (count - expected) / expected;
            }
            assertPlausible(chiSquare, orders - 1, "orders of " + size);
        }
    }

    @Test
    void everyNumberIsAsLikelyInEveryPlaceAndBesideEveryOther() {
        for (int size : new int[] {7, 9, 12, 16, 25, 64}) {
            var places = new double[size][size];
            var neighbours = new double[size][size];
            for (int key = 0; key < KEYS; key++) {
                var permutation = new Permutation(size, key);
                int last = 0;
                for (int position = 0; position < size; position++) {
                    int number = (int) permutation.at(position);
                    places[position][number]++;
                    neighbours[last][number] += position == 0 ? 0 : 1;
                    last = number;
                }
            }
            // An order puts one number in each place and one place under each number: the sum is
            // size / (size - 1) times chi-square of (size - 1)^2 degrees of freedom.
            int freedom = (size - 1) * (size - 1);
            double scale = (size - 1.0) / size;
            assertPlausible(scale * chiSquare(places, 0), freedom, "places of " + size);
            // A pair is met by one order in size: the sum has the same mean, and less variance.
            assertPlausible(chiSquare(neighbours, 1), freedom, "neighbours of " + size);
        }
    }

    /// @param apart 1 if a number is never beside itself, else 0
    private static double chiSquare(double[][] counts, int apart) {
        double expected = (double) KEYS / counts.length;
        double chiSquare = 0;
        for (int i = 0; i < counts.length; i++) {
            for (int j = 0; j < counts.length; j++) {
                if (apart == 0 || i != j) {
                    chiSquare += (counts[i][j] - expected) * (counts[i][j] - expected) / expected;
                }
            }
        }
        return chiSquare;
    }

    /// A statistic of so many degrees of freedom has that mean and twice that variance. Keys are
    /// fixed, so this cannot fail by chance; 4 standard deviations are exceeded once in 30,000.
    private static void assertPlausible(double chiSquare, double freedom, String what) {
        double deviations = (chiSquare - freedom) / Math.sqrt(2 * freedom);
        assertTrue(deviations < 4, () -> what + ": " + deviations + " standard deviations");
    }
}
