package dev.headrace.engine.random;

import com.google.common.hash.Hashing;

/// Keys for [Philox], derived from seeds and names by MurmurHash3 (128 bits, the lower 64 kept).
///
/// The derivation is part of what makes a run repeatable, so it does not change between versions.
public final class Keys {
    private Keys() {}

    /// The key of a node that was given a seed of its own.
    public static long explicit(long seed) {
        return hash(0, "explicit", seed);
    }

    /// The key of a node that the user named.
    public static long named(long pipelineSeed, String name) {
        return hash(pipelineSeed, "named " + name, 0);
    }

    /// The key of a node without seed and name: by its kind, and its place among those.
    public static long ordinal(long pipelineSeed, String kind, int ordinal) {
        return hash(pipelineSeed, "kind " + kind, ordinal);
    }

    /// The seed of a device.
    ///
    /// @param device 0 for the host, above it a GPU's number and 1
    public static long device(long pipelineSeed, int device) {
        return hash(pipelineSeed, "device", device);
    }

    /// The key of one named draw of a node. Cheap: called once a draw.
    public static long draw(long nodeKey, String draw) {
        long hash = 0xCBF29CE484222325L; // FNV-1a over the characters, then mixed
        for (int i = 0; i < draw.length(); i++) {
            hash = (hash ^ draw.charAt(i)) * 0x100000001B3L;
        }
        return mix(nodeKey ^ hash);
    }

    /// The key of a shuffled source's order in one epoch.
    public static long epoch(long nodeKey, long epoch) {
        return mix(nodeKey ^ mix(epoch + 0x9E3779B97F4A7C15L));
    }

    /// The 64-bit finalizer of SplitMix64: a bijection whose every output bit depends on every
    /// input bit. Source: S. Vigna, "splitmix64.c", after D. Stafford's variant 13.
    static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    private static long hash(long seed, String text, long number) {
        return Hashing.murmur3_128()
                .newHasher()
                .putLong(seed)
                .putUnencodedChars(text)
                .putLong(number)
                .hash()
                .asLong();
    }
}
