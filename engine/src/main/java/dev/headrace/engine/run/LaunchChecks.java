package dev.headrace.engine.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongFunction;

/// Checked mode on a device: whether a kernel has left alone its inputs, and what lies around its
/// outputs. Its launch is waited for, so whatever is found is its doing.
///
/// Around the samples of an output are zones of memory that nobody uses, filled with a pattern.
/// Samples that are alike lie one behind the other, with zones around all of them; else there is
/// one between any two.
final class LaunchChecks {
    /// How many bytes a zone has at least; what is written further off is not found: {@value}.
    static final long ZONE_BYTES = 4096;

    private static final byte PATTERN = (byte) 0xD3; // not what memory is poisoned with

    private final GpuStream stream;
    private final LongFunction<Buffer> lender;
    private final List<Zone> zones = new ArrayList<>();
    private final List<Given> given = new ArrayList<>();
    private final Set<Extent> stated = new HashSet<>(); // of what was given
    private MemorySegment before;

    /// What is wrong.
    ///
    /// @param sample at which, if that is known
    /// @param what says so, beginning behind the operator's name
    record Breach(OptionalInt sample, String what) {}

    /// Bytes of the device.
    private interface Region {
        long address();

        long bytes();
    }

    /// @param output its name
    /// @param last the sample that ends where this begins; -1 for none
    /// @param next the sample that begins where this ends; -1 for none
    /// @param alike whether samples lie one behind the other, so that it may be another one's fault
    private record Zone(long address, long bytes, String output, int last, int next, boolean alike)
            implements Region {
        /// @param found what lies there now
        Optional<Breach> check(MemorySegment found) {
            long first = 0;
            while (first < bytes && found.get(JAVA_BYTE, first) == PATTERN) {
                first++;
            }
            if (first == bytes) {
                return Optional.empty();
            }
            long end = bytes;
            while (found.get(JAVA_BYTE, end - 1) == PATTERN) {
                end--;
            }
            boolean behind = next < 0 || last >= 0 && first <= bytes - end; // the nearer of the two
            return Optional.of(
                    new Breach(
                            alike ? OptionalInt.empty() : OptionalInt.of(behind ? last : next),
                            "wrote up to %s %s of its output %s"
                                    .formatted(
                                            behind ? plural(end) : plural(bytes - first),
                                            behind ? "beyond the end" : "before the beginning",
                                            output)));
        }

        private static String plural(long bytes) {
            return bytes == 1 ? "1 byte" : bytes + " bytes";
        }
    }

    private record Extent(long address, long bytes) {}

    private record Given(long address, long bytes, int input, int sample) implements Region {}

    /// @param lender of memory that the device copies to
    LaunchChecks(GpuStream stream, LongFunction<Buffer> lender) {
        this.stream = stream;
        this.lender = lender;
    }

    /// Fills a block in which the samples of an output lie, and keeps in mind where they do not.
    ///
    /// @param bytes of the block, zones and samples
    void surround(String output, Buffer block, long bytes, List<Tensor> samples) {
        stream.fill(block.address(), PATTERN, bytes);
        long end = block.address();
        boolean alike = samples.size() > 1 && samples.get(1).address() == end(samples.getFirst());
        for (int sample = 0; sample < samples.size(); sample++) {
            var tensor = samples.get(sample);
            zone(output, end, tensor.address(), sample - 1, sample, alike);
            end = end(tensor);
        }
        zone(output, end, block.address() + bytes, samples.size() - 1, -1, alike);
    }

    private static long end(Tensor tensor) {
        return tensor.address() + tensor.spec().bytes();
    }

    private void zone(String output, long from, long to, int last, int next, boolean alike) {
        if (to > from) {
            zones.add(new Zone(from, to - from, output, last, next, alike));
        }
    }

    /// States an input of a sample. What was stated before, as a constant was, is not looked at
    /// again.
    void input(int input, int sample, Tensor tensor) {
        long bytes = tensor.spec().bytes();
        if (bytes > 0 && stated.add(new Extent(tensor.address(), bytes))) {
            given.add(new Given(tensor.address(), bytes, input, sample));
        }
    }

    /// To be called before the launch.
    void begin() {
        before = copy(given);
    }

    /// To be called after it; waits until it is done.
    ///
    /// @throws dev.headrace.engine.device.DriverFailure if that fails
    Optional<Breach> verify() {
        var around = copy(zones);
        var after = copy(given);
        stream.synchronize();
        long at = 0;
        for (var zone : zones) {
            var breach = zone.check(around.asSlice(at, zone.bytes));
            if (breach.isPresent()) {
                return breach;
            }
            at += zone.bytes;
        }
        at = 0;
        for (var each : given) {
            if (before.asSlice(at, each.bytes).mismatch(after.asSlice(at, each.bytes)) >= 0) {
                return Optional.of(
                        new Breach(OptionalInt.of(each.sample), "changed its input " + each.input));
            }
            at += each.bytes;
        }
        return Optional.empty();
    }

    /// Queues a copy of some regions, one behind the other.
    private MemorySegment copy(List<? extends Region> regions) {
        long bytes = regions.stream().mapToLong(Region::bytes).sum();
        var there = lender.apply(bytes);
        long at = there.address();
        for (var region : regions) {
            stream.copyToHost(at, region.address(), region.bytes());
            at += region.bytes();
        }
        return MemorySegment.ofAddress(there.address()).reinterpret(bytes);
    }
}
