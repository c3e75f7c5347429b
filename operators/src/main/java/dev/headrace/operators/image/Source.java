package dev.headrace.operators.image;

import dev.headrace.engine.data.Tensor;
import dev.headrace.operators.decode.Part;

/// A window of an image, as it is resized.
///
/// @param pixels `UINT8` `H×W×C`
/// @param y the first row of it that is read
/// @param x the first column of it that is read
/// @param rows which part of the rows from there is the window
/// @param columns which part of the columns from there is the window
record Source(Tensor pixels, int y, int x, Taps.Span rows, Taps.Span columns) {
    /// A window of a whole image.
    static Source of(Tensor image, Window window) {
        return new Source(
                image,
                window.y(),
                window.x(),
                Taps.Span.whole(window.height()),
                Taps.Span.whole(window.width()));
    }

    /// Where the window begins in the image, in bytes.
    long corner() {
        return y * stride() + x * pixels.shape().extent(2);
    }

    /// Bytes from one row of the image to the next.
    long stride() {
        return pixels.shape().extent(1) * pixels.shape().extent(2);
    }

    /// A window of an image that was decoded in part, and perhaps shrunk.
    ///
    /// @param window in pixels of the whole image, which the part holds
    static Source of(Part part, Window window) {
        int top = window.y() / part.shrink();
        int left = window.x() / part.shrink();
        return new Source(
                part.pixels(),
                top - part.top(),
                left - part.left(),
                span(window.y(), window.height(), part.shrink()),
                span(window.x(), window.width(), part.shrink()));
    }

    private static Taps.Span span(int first, int length, int shrink) {
        int start = first % shrink;
        return new Taps.Span(Math.ceilDiv(start + length, shrink), start, length, shrink);
    }
}
