package dev.headrace.operators.python;

import java.util.Arrays;

/// A growing row of 64-bit words.
final class Words {
    private long[] words = new long[64];
    private int count;

    void add(long word) {
        if (count == words.length) {
            words = Arrays.copyOf(words, 2 * count);
        }
        words[count++] = word;
    }

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    /// The words so far and, behind them, undefined ones; not a copy.
    long[] array() {
        return words;
    }
}
