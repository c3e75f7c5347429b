package dev.headrace.operators.decode;

import dev.headrace.engine.data.Tensor;

/// A part of an image, decoded: a region, and around it pixels that are not to be relied on.
///
/// @param pixels `UINT8` `HWC`; row 0 is row `top` of the whole image once shrunk, column 0 its
///     column `left`
/// @param top first row, of the whole once shrunk
/// @param left first column, of the whole once shrunk
/// @param shrink by how much the whole was shrunk: it has `ceil(height / shrink)` rows
public record Part(Tensor pixels, int top, int left, int shrink) {}
