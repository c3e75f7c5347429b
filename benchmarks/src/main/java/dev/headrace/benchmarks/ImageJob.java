package dev.headrace.benchmarks;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// What both sides do with photographs.
///
/// @param name that of Headrace's form too
/// @param large whether it is done with large photographs, which Headrace may decode at a smaller
///     scale, so that its pixels differ from the peer's by design
/// @param peerForms the peer's forms that do the same, of which the fastest counts, see `peer.py`
/// @param goal how many times as fast as the peer
/// @param alone the library that bounds it on one core
/// @param gain how many times as fast on two cores as on one
/// @param own whether it is Headrace's own work that is measured, more than the library's: then
/// what
///     it takes of the Java heap is measured too, and how much its vectors gain
record ImageJob(
        String name,
        boolean large,
        ImmutableList<String> peerForms,
        Optional<Goal> goal,
        Optional<LibraryAlone> alone,
        Optional<Goal> gain,
        boolean own)
        implements Job {
    /// Images as decoded.
    static final ImageJob DECODE =
            new ImageJob(
                    "decode",
                    false,
                    ImmutableList.of("decode"),
                    Optional.empty(),
                    Optional.of(new LibraryAlone("decode", "a bare loop in C", Goal.atLeast(0.97))),
                    Optional.empty(),
                    false);

    /// What a network trains on: decoded whole, a window of 224×224, flipped, normalized.
    static final ImageJob TRAIN =
            new ImageJob(
                    "train",
                    false,
                    ImmutableList.of("roi", "slice"),
                    Optional.of(Goal.atLeast(2.5)),
                    Optional.empty(),
                    Optional.of(Goal.atLeast(1.9)),
                    true);

    /// The same, where of a photograph only the window is decoded.
    static final ImageJob FUSED =
            new ImageJob(
                    "fused",
                    false,
                    ImmutableList.of("fused"),
                    Optional.of(Goal.atLeast(2.5)),
                    Optional.empty(),
                    Optional.of(Goal.atLeast(1.9)),
                    false);

    /// The same with large photographs, at whatever scale is enough.
    static final ImageJob LARGE =
            new ImageJob(
                    "large",
                    true,
                    ImmutableList.of("fused"),
                    Optional.of(Goal.atLeast(1.6)),
                    Optional.of(
                            new LibraryAlone("region", "scaled regions in C", Goal.atLeast(0.85))),
                    Optional.empty(),
                    false);

    @Override
    public List<Row> measure(Bench bench) throws IOException, InterruptedException {
        var photographs =
                large ? Photographs.asTheyAre(bench) : Optional.of(Photographs.small(bench));
        if (photographs.isEmpty()) {
            bench.skip(Photographs.noLarge());
            return List.of();
        }
        try (var trials = new ImageTrials(this, bench)) {
            return trials.measure(photographs.get());
        }
    }
}
