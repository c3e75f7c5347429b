/// Files of images turned into pixels. Begin with [dev.headrace.operators.decode.DecodeImage].
///
/// A file's header is read first, without a decoder where the format is simple enough; the
/// pixels come from libturbojpeg, met only in one class here, or from the JDK's ImageIO. What needs
/// only some of the pixels asks for a [dev.headrace.operators.decode.Part].
package dev.headrace.operators.decode;
