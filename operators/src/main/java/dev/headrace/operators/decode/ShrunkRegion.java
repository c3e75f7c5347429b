package dev.headrace.operators.decode;

/// A region in pixels of an image that is shrunk, as stored or upright.
///
/// @param top first row
/// @param left first column
/// @param height rows
/// @param width columns
/// @param shrink by how much rows and columns of the whole are shrunk: 1, 2, 4 or 8
record ShrunkRegion(int top, int left, int height, int width, int shrink) {
    /// All of a stored image.
    static ShrunkRegion whole(ImageHeader header, int shrink) {
        return new ShrunkRegion(
                0,
                0,
                Math.ceilDiv(header.height(), shrink),
                Math.ceilDiv(header.width(), shrink),
                shrink);
    }

    /// Whether it is all of a stored image.
    boolean isWhole(ImageHeader header) {
        return top == 0
                && left == 0
                && height == Math.ceilDiv(header.height(), shrink)
                && width == Math.ceilDiv(header.width(), shrink);
    }

    /// All pixels that a region touches.
    static ShrunkRegion of(Region region, int shrink) {
        int top = region.y() / shrink;
        int left = region.x() / shrink;
        int bottom = Math.ceilDiv(region.y() + region.height(), shrink);
        int right = Math.ceilDiv(region.x() + region.width(), shrink);
        return new ShrunkRegion(top, left, bottom - top, right - left, shrink);
    }

    /// The same with rows and columns exchanged.
    ShrunkRegion transposed() {
        return new ShrunkRegion(left, top, width, height, shrink);
    }

    /// Number of pixels.
    long pixels() {
        return (long) height * width;
    }
}
