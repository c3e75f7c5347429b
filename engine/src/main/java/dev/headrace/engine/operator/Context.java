package dev.headrace.engine.operator;

import com.google.common.collect.Range;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.random.Gaussian;
import java.util.function.Supplier;

/// What an operator is told while it runs. Valid during that call, on its thread.
///
/// A random value is named: the same name gives the same value however often it is asked for, and
/// on whatever thread. It is a function of the node's key, the id of the sample (or, for a batch
/// operator, of the iteration) and the name.
public interface Context {
    /// The iteration, counted from 0 over the life of the pipeline.
    long iteration();

    /// The epoch, from 0.
    long epoch();

    /// 64 random bits.
    ///
    /// @param draw the name of the draw
    /// @param index which one of a series, at least 0 and below 2^33
    /// @throws IllegalStateException if the operator does not say that it is random
    long bits(String draw, long index);

    /// A number drawn evenly from 0 (inclusive) to 1 (exclusive), a multiple of 2^-53.
    default double uniform(String draw) {
        return uniform(draw, 0);
    }

    /// One of a series of numbers drawn evenly from 0 (inclusive) to 1 (exclusive).
    default double uniform(String draw, long index) {
        return (bits(draw, index) >>> 11) * 0x1p-53;
    }

    /// A whole number drawn evenly from 0 (inclusive) to a bound (exclusive).
    default long integer(String draw, long bound) {
        return Math.unsignedMultiplyHigh(bits(draw, 0), bound);
    }

    /// A number drawn from the normal distribution of mean 0 and standard deviation 1.
    default double normal(String draw) {
        return normal(draw, 0);
    }

    /// One of a series of normally distributed numbers, see [Gaussian].
    default double normal(String draw, long index) {
        return Gaussian.of(uniform(draw, 2 * index), uniform(draw, 2 * index + 1));
    }

    /// The value of an argument: the constant, or this sample's value of the node given for it.
    Tensor tensor(Argument argument);

    /// The value of an argument that is a single number.
    ///
    /// @throws BadSample if it has not exactly one element
    default double number(Argument argument) {
        var tensor = tensor(argument);
        if (tensor.shape().volume() != 1) {
            throw new BadSample("an argument is a single number, got " + tensor.spec());
        }
        return tensor.number(0);
    }

    /// The value of an argument that is a single number in a range.
    ///
    /// @param name the argument's name, for the message
    /// @throws BadSample if it lies outside
    default double number(Argument argument, Range<Double> range, String name) {
        double number = number(argument);
        if (!range.contains(number)) {
            throw new BadSample(name + " " + number + " is not in " + range);
        }
        return number;
    }

    /// Something dear that this worker makes once and keeps, such as a decoder's handle: the same
    /// key gives the same thing on one worker. What is `AutoCloseable` is closed with the worker.
    ///
    /// @param key compared by `equals`; in general a constant of the operator's class
    <T> T keep(Object key, Supplier<T> maker);
}
