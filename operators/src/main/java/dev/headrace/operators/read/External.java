package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SequentialSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/// Samples that the user's own code makes.
///
/// A sample is a [dev.headrace.engine.data.TensorValue], which is copied, or a [Lent], which is
/// not (but by [#indexed], where it is); with several outputs, a `List` with one of these for
/// each. Types and extents may differ from sample to sample. Whatever goes wrong in the user's
/// code, also an `Error`, fails the sample, or where samples come in order the iteration. For
/// data that comes batch by batch see [Feed].
public final class External {
    private static final String GIVER = "the code given to External returned ";

    private External() {}

    /// Samples in the order of an iterable, anew each epoch; its end is the epoch's.
    ///
    /// One thread at a time walks it; each shard walks its own. An iteration that fails takes
    /// the samples already taken from the iterator with it.
    ///
    /// @param <T> what a sample is
    /// @param samples gives an iterator an epoch
    /// @param outputs the names of the outputs; `out` if none is given
    public static <T> Walk iterable(Iterable<T> samples, String... outputs) {
        return new Walk(samples, Values.names(outputs));
    }

    /// Samples asked for one by one, without end: the epoch is over when the caller has had
    /// enough. One thread at a time asks.
    ///
    /// @param outputs the names of the outputs; `out` if none is given
    public static Walk supplier(Supplier<?> samples, String... outputs) {
        return new Walk(new Endless(samples), Values.names(outputs));
    }

    /// Samples by their number, in any order, shuffled and sharded as those of any such source.
    ///
    /// @param size how many there are, at least 1
    /// @param samples the sample of a number from 0; called on many threads at once
    /// @param outputs the names of the outputs; `out` if none is given
    public static Indexed indexed(long size, LongFunction<?> samples, String... outputs) {
        return new Indexed(size, samples, false, Values.names(outputs));
    }

    private record Endless(Supplier<?> samples) implements Iterable<Object>, Iterator<Object> {
        Endless {
            requireNonNull(samples, "samples");
        }

        @Override
        public Iterator<Object> iterator() {
            return this;
        }

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public Object next() {
            return samples.get();
        }
    }

    /// A source that walks through an iterable. Made by [External#iterable] and
    /// [External#supplier].
    ///
    /// @param samples gives an iterator an epoch
    /// @param outputs the names of the outputs
    public record Walk(Iterable<?> samples, ImmutableList<String> outputs)
            implements SequentialSource<Iterator<?>> {
        public Walk {
            requireNonNull(samples, "samples");
            Values.checkNames(outputs);
        }

        @Override
        public String kind() {
            return "External";
        }

        @Override
        public Iterator<?> start() {
            Iterator<?> iterator;
            try {
                iterator = samples.iterator();
            } catch (Throwable failure) {
                throw failed(failure);
            }
            if (iterator == null) {
                throw new BadBatch("the iterable given to External has a null iterator");
            }
            return iterator;
        }

        @Override
        public Iterator<?> read(Iterator<?> before, BatchOutputs out, BatchContext context) {
            var taken = new ArrayList<List<?>>();
            boolean read = false;
            try {
                while (taken.size() < context.batchSize() && hasNext(before)) {
                    taken.add(Values.taken(next(before), outputs, GIVER));
                }
                if (!hasNext(before)) {
                    context.end();
                }
                read = true;
            } finally {
                if (!read) {
                    taken.forEach(Values::release);
                }
            }
            Values.give(taken, out);
            return before;
        }

        private static boolean hasNext(Iterator<?> iterator) {
            try {
                return iterator.hasNext();
            } catch (Throwable failure) {
                throw failed(failure);
            }
        }

        private static Object next(Iterator<?> iterator) {
            try {
                return iterator.next();
            } catch (Throwable failure) {
                throw failed(failure);
            }
        }

        private static BadBatch failed(Throwable failure) {
            return new BadBatch("the code given to External threw " + failure, failure);
        }
    }

    /// A source of numbered samples. Made by [External#indexed].
    ///
    /// @param size how many there are, at least 1
    /// @param samples the sample of a number from 0
    /// @param shuffle whether each epoch has an order of its own
    /// @param outputs the names of the outputs
    public record Indexed(
            long size, LongFunction<?> samples, boolean shuffle, ImmutableList<String> outputs)
            implements IndexedSource<Indexed.Numbered> {
        /// The opened source.
        ///
        /// @param size how many samples there are
        public record Numbered(long size) implements Dataset {}

        public Indexed {
            checkArgument(size >= 1 && size <= 1L << 48, "%s samples", size);
            requireNonNull(samples, "samples");
            Values.checkNames(outputs);
        }

        /// The same, in an order of its own each epoch.
        public Indexed shuffled() {
            return new Indexed(size, samples, true, outputs);
        }

        @Override
        public String kind() {
            return "External";
        }

        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public Numbered open() {
            return new Numbered(size);
        }

        /// @throws BadSample if the user's code throws, or gives what is no sample
        @Override
        public void read(Numbered numbered, long index, Outputs out, SampleContext context) {
            Object sample;
            try {
                sample = samples.apply(index);
            } catch (BadSample known) {
                throw known; // told by the function itself
            } catch (Throwable failure) {
                throw new BadSample("the code given to External threw " + failure, failure);
            }
            Values.copy(Values.taken(sample, outputs, GIVER), out);
        }
    }
}
