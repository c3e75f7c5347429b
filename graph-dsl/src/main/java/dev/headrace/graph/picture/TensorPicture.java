package dev.headrace.graph.picture;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A tensor as an image to look at, the way people expect to see it.
///
/// Rows, columns and channels are found by the letters of the layout, in any order; of further axes
/// the first place is shown. Without a layout, two axes are rows and columns, and of three axes the
/// one with 1, 3 or 4 places is the channels, the last before the first. Of 3 channels and more the
/// first three are red, green and blue, and a fourth and last is opacity; else the first is grey.
///
/// `UINT8` is shown as it is. Other types are stretched from their least to their greatest finite
/// value over all channels (opacity from 0 to 1); one value everywhere is mid-grey. NaN is magenta.
///
/// @param image at most {@value #MOST} pixels a side, scaled down if need be
/// @param note what was done to show it, for people; empty if nothing
public record TensorPicture(BufferedImage image, String note) {
    /// The most pixels a side: {@value}.
    public static final int MOST = 512;

    /// What is read of a larger image before it is scaled: every so many rows and columns.
    private static final int MOST_READ = 4 * MOST;

    private static final int NAN = 0xFFFF00FF;

    /// A tensor as an image, if it can be one.
    ///
    /// @param tensor in host memory; read now, and not kept
    public static Optional<TensorPicture> of(Tensor tensor) {
        return Axes.of(tensor.spec()).map(axes -> new Reader(tensor, axes, MOST_READ).picture());
    }

    /// The same in little, by every so many rows and columns: rough, and cheap.
    ///
    /// @param most pixels a side
    static Optional<TensorPicture> small(Tensor tensor, int most) {
        return Axes.of(tensor.spec()).map(axes -> new Reader(tensor, axes, most).picture());
    }

    /// Whether a tensor can be shown as an image.
    static boolean isImage(TensorSpec spec) {
        return Axes.of(spec).isPresent();
    }

    /// One axis: how many places, and how many elements lie between them.
    private record Axis(long extent, long stride) {}

    /// Which axes are what.
    private record Axes(Axis rows, Axis columns, Axis channels, boolean more) {
        static Optional<Axes> of(TensorSpec spec) {
            var layout = spec.layout().isEmpty() ? guess(spec) : spec.layout();
            int rows = layout.indexOf('H');
            int columns = layout.indexOf('W');
            if (rows < 0 || columns < 0 || spec.shape().volume() == 0) {
                return Optional.empty();
            }
            int channels = layout.indexOf('C');
            int shown = channels < 0 ? 2 : 3;
            return Optional.of(
                    new Axes(
                            axis(spec, rows),
                            axis(spec, columns),
                            channels < 0 ? new Axis(1, 0) : axis(spec, channels),
                            layout.length() > shown));
        }

        private static String guess(TensorSpec spec) {
            return switch (spec.rank()) {
                case 2 -> "HW";
                case 3 ->
                        isColour(spec.shape().extent(2))
                                ? "HWC"
                                : isColour(spec.shape().extent(0)) ? "CHW" : "";
                default -> "";
            };
        }

        private static boolean isColour(long extent) {
            return extent == 1 || extent == 3 || extent == 4;
        }

        private static Axis axis(TensorSpec spec, int place) {
            long stride = 1;
            for (int inner = place + 1; inner < spec.rank(); inner++) {
                stride *= spec.shape().extent(inner);
            }
            return new Axis(spec.shape().extent(place), stride);
        }
    }

    /// Reads the pixels of one tensor.
    private static final class Reader {
        private final Tensor tensor;
        private final Axes axes;
        private final boolean asItIs;
        private final long step;
        private final int height;
        private final int width;
        private double least = Double.POSITIVE_INFINITY;
        private double greatest = Double.NEGATIVE_INFINITY;
        private boolean hasNan;

        /// @param mostRead rows and columns that are looked at
        Reader(Tensor tensor, Axes axes, int mostRead) {
            this.tensor = tensor;
            this.axes = axes;
            asItIs = tensor.spec().type() == ElementType.UINT8;
            long longest = Math.max(axes.rows().extent(), axes.columns().extent());
            step = (longest + mostRead - 1) / mostRead;
            height = places(axes.rows());
            width = places(axes.columns());
        }

        private int places(Axis axis) {
            return (int) ((axis.extent() + step - 1) / step);
        }

        private long colours() {
            return axes.channels().extent() >= 3 ? 3 : 1;
        }

        private boolean hasOpacity() {
            return axes.channels().extent() == 4;
        }

        TensorPicture picture() {
            if (!asItIs) {
                findRange();
            }
            var image =
                    new BufferedImage(
                            width,
                            height,
                            hasOpacity()
                                    ? BufferedImage.TYPE_INT_ARGB
                                    : BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    image.setRGB(x, y, pixel(y, x));
                }
            }
            return new TensorPicture(scaled(image), note());
        }

        private double element(int y, int x, long channel) {
            return tensor.number(
                    y * step * axes.rows().stride()
                            + x * step * axes.columns().stride()
                            + channel * axes.channels().stride());
        }

        private void findRange() {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int channel = 0; channel < colours(); channel++) {
                        double value = element(y, x, channel);
                        hasNan |= Double.isNaN(value);
                        if (Double.isFinite(value)) {
                            least = Math.min(least, value);
                            greatest = Math.max(greatest, value);
                        }
                    }
                }
            }
        }

        private int pixel(int y, int x) {
            int pixel = hasOpacity() ? opacity(element(y, x, 3)) : 0xFF;
            for (int channel = 0; channel < 3; channel++) {
                double value = element(y, x, Math.min(channel, colours() - 1));
                if (Double.isNaN(value)) {
                    return NAN;
                }
                pixel = pixel << 8 | level(value);
            }
            return pixel;
        }

        private int level(double value) {
            if (asItIs) {
                return (int) value;
            }
            if (Double.isInfinite(value)) {
                return value > 0 ? 255 : 0;
            }
            // of halves, as the distance of two doubles may be too large for one
            double share =
                    greatest > least ? (value / 2 - least / 2) / (greatest / 2 - least / 2) : 0.5;
            return (int) Math.rint(255 * share);
        }

        private int opacity(double value) {
            return asItIs ? (int) value : (int) Math.rint(255 * Math.clamp(value, 0, 1));
        }

        private String note() {
            var notes = new ArrayList<String>();
            if (!asItIs && greatest > least) {
                notes.add("stretched from %s to %s".formatted(text(least), text(greatest)));
            } else if (!asItIs && greatest == least) {
                notes.add("everywhere " + text(least));
            }
            if (hasNan) {
                notes.add("NaN is magenta");
            }
            if (axes.channels().extent() == 2 || axes.channels().extent() > 4) {
                notes.add("some of %s channels".formatted(axes.channels().extent()));
            }
            if (axes.more()) {
                notes.add("the first of several");
            }
            return String.join(", ", List.copyOf(notes));
        }

        private static String text(double value) {
            return String.format(Locale.ROOT, "%.4g", value);
        }

        private static BufferedImage scaled(BufferedImage image) {
            double scale =
                    Math.min(1, (double) MOST / Math.max(image.getWidth(), image.getHeight()));
            if (scale == 1) {
                return image;
            }
            int width = Math.max(1, (int) Math.rint(scale * image.getWidth()));
            int height = Math.max(1, (int) Math.rint(scale * image.getHeight()));
            var small = new BufferedImage(width, height, image.getType());
            var graphics = small.createGraphics();
            graphics.setRenderingHint(
                    RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(image, 0, 0, width, height, null);
            graphics.dispose();
            return small;
        }
    }
}
