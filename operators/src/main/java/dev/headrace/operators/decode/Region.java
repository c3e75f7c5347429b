package dev.headrace.operators.decode;

import static com.google.common.base.Preconditions.checkArgument;

/// What a reader needs of an image, in pixels of the whole upright image, and by how much it may
/// be shrunk.
///
/// @param y first row
/// @param x first column
/// @param height rows, at least 1
/// @param width columns, at least 1
/// @param shrink 1, 2, 4 or 8: the decoder may shrink rows and columns by this, or by less
public record Region(int y, int x, int height, int width, int shrink) {
    public Region {
        checkArgument(
                y >= 0 && x >= 0 && height >= 1 && width >= 1,
                "a region of %s×%s pixels from %s, %s",
                height,
                width,
                y,
                x);
        checkArgument(
                shrink == 1 || shrink == 2 || shrink == 4 || shrink == 8,
                "a region is shrunk by 1, 2, 4 or 8, not by %s",
                shrink);
    }
}
