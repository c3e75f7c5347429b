package dev.headrace.operators.image;

import dev.headrace.engine.data.Tensor;

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
}
