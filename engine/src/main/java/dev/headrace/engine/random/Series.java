package dev.headrace.engine.random;

/// The draws of one name, as numbers that say all of them: so that whoever has them, such as a
/// kernel, draws what the host draws.
///
/// Draw `index` is half `index & 1` of a block of [Philox]. Words 0 to 2 of the block's counter are
/// given, word 3 is `index >>> 1`, since a block holds two draws.
///
/// @param key both words of the key
/// @param counterLow words 0 and 1 of the counter, the lower word in the lower bits
/// @param counterHigh word 2 of the counter, the upper bits 0
public record Series(long key, long counterLow, long counterHigh) {
    /// 64 random bits.
    ///
    /// @param index at least 0 and below 2^33
    public long bits(long index) {
        return Philox.bits(counterLow, counterHigh | (index >>> 1) << 32, key, (int) index & 1);
    }
}
