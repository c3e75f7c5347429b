package dev.headrace.operators.image;

import java.util.function.Supplier;

/// Which form of the loops runs: the one for vectors where the JVM has the Vector API and compiles
/// it, and the processor has wide vectors, else the plain one.
///
/// @param vectors whether the form for vectors runs, once it is warm
/// @param description of the form and why it was taken, for people
record LoopsChoice(boolean vectors, String description) {
    /// The choice for this JVM.
    static final LoopsChoice HERE = chosen();

    private static LoopsChoice chosen() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        var choice = of(present, System.getProperty("java.vm.info", ""));
        System.getLogger(Resize.class.getName())
                .log(
                        System.Logger.Level.INFO,
                        "Images are resized and normalized by {0}",
                        choice.description);
        return choice;
    }

    /// Loops for one worker: asked again for each image, since the form for vectors is not the
    /// first.
    Supplier<Loops> forWorker() {
        var plain = new PlainLoops();
        return vectors ? new VectorsLater(plain) : () -> plain;
    }

    /// The plain form, until vectors are warm.
    private static final class VectorsLater implements Supplier<Loops> {
        private Loops now;
        private boolean warm;

        VectorsLater(Loops plain) {
            now = plain;
        }

        @Override
        public Loops get() {
            if (!warm && WarmUp.isDone()) {
                warm = true;
                now = new VectorLoops();
            }
            return now;
        }
    }

    /// The choice for a JVM.
    ///
    /// @param present whether it has the module of the Vector API
    /// @param mode how it says that it runs code
    static LoopsChoice of(boolean present, String mode) {
        if (!present) {
            return plain("start Java with --add-modules jdk.incubator.vector for speed");
        }
        if (mode.contains("interpreted") || mode.contains("emulated-client")) {
            return plain("the JVM runs without the compiler that vectors need");
        }
        int bits = VectorLoops.bits(); // loads the class, which needs the module
        return bits < 256
                ? plain("vectors of " + bits + " bits gain nothing")
                : new LoopsChoice(true, "vectors of " + bits + " bits");
    }

    private static LoopsChoice plain(String why) {
        return new LoopsChoice(false, "plain loops (" + why + ")");
    }
}
