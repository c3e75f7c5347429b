/// Geometry and colour of images: resizing, cropping, flipping, normalizing.
///
/// All take images of layout `HWC` with any number of channels unless they say otherwise. Begin
/// with [dev.headrace.operators.image.Resize].
package dev.headrace.operators.image;
