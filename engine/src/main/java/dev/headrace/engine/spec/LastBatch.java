package dev.headrace.engine.spec;

/// What becomes of an epoch's last batch where the samples do not fill it.
public enum LastBatch {
    /// It is delivered as small as it is. Shards divide it evenly, so some may get none of it.
    PARTIAL,
    /// It is filled with the first samples of the next epoch's order. The next epoch gives them
    /// again.
    FILL,
    /// It is filled by repeating its last sample.
    PAD,
    /// It is left out.
    DROP
}
