package dev.headrace.operators.image;

/// How the pixels around a point are weighed.
///
/// Distances are in pixels: of the input when it is enlarged; of the output when it is reduced with
/// antialiasing, so that the filter grows with the reduction.
public enum Filter {
    /// The pixel in which the point lies; one on a border belongs to the pixel after it.
    NEAREST(0) {
        @Override
        double weight(double distance) {
            return distance == 0 ? 1 : 0;
        }
    },

    /// `1 - |x|`, up to 1 pixel away: between two pixels, linear.
    LINEAR(1) {
        @Override
        double weight(double distance) {
            return Math.max(0, 1 - Math.abs(distance));
        }
    },

    /// The cubic convolution of R. Keys, "Cubic Convolution Interpolation for Digital Image
    /// Processing", 1981, equation 15, with a = -1/2; up to 2 pixels away.
    CUBIC(2) {
        @Override
        double weight(double distance) {
            double x = Math.abs(distance);
            if (x < 1) {
                return (1.5 * x - 2.5) * x * x + 1;
            }
            return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
        }
    },

    /// The same as [#LINEAR], under the name that says what it becomes when an image is reduced.
    TRIANGULAR(1) {
        @Override
        double weight(double distance) {
            return LINEAR.weight(distance);
        }
    },

    /// `sinc(x) · sinc(x / 3)`, up to 3 pixels away. Source: C. Duchon, "Lanczos Filtering in One
    /// and Two Dimensions", 1979.
    LANCZOS3(3) {
        @Override
        double weight(double distance) {
            return Math.abs(distance) < 3 ? sinc(distance) * sinc(distance / 3) : 0;
        }
    };

    private final int radius;

    Filter(int radius) {
        this.radius = radius;
    }

    /// The weight, not yet normalized, of a pixel whose centre is so far away.
    abstract double weight(double distance);

    /// How far away weights are not 0.
    int radius() {
        return radius;
    }

    private static double sinc(double x) {
        double angle = Math.PI * x;
        return x == 0 ? 1 : StrictMath.sin(angle) / angle; // the same on every machine
    }
}
