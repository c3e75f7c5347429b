package dev.headrace.engine.data;

import static com.google.common.base.Preconditions.checkArgument;

/// Which sample this is, whatever slot of whatever batch it lies in.
///
/// Random numbers, errors and replacement go by the id, so none of them depends on batch size,
/// threads or shards.
///
/// @param epoch the epoch, from 0, at most 2^32 - 1
/// @param position the place in that epoch's global order, from 0, at most 2^48 - 1
/// @param attempt 0, or how often the sample at this position was replaced after a failure, at
///     most 65,535
public record SampleId(long epoch, long position, int attempt) {
    public SampleId {
        checkArgument(epoch >= 0 && epoch >>> 32 == 0, "epoch %s is out of range", epoch);
        checkArgument(
                position >= 0 && position >>> 48 == 0, "position %s is out of range", position);
        checkArgument(attempt >= 0 && attempt >>> 16 == 0, "attempt %s is out of range", attempt);
    }

    /// A sample's first attempt.
    public static SampleId of(long epoch, long position) {
        return new SampleId(epoch, position, 0);
    }
}
