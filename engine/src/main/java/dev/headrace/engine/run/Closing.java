package dev.headrace.engine.run;

import java.util.List;

/// Closes many things, whatever some of them do.
final class Closing {
    private static final System.Logger LOG = System.getLogger("dev.headrace.engine.run");

    private Closing() {}

    /// Closes each; a failure is logged and does not keep the others open.
    static void all(List<? extends AutoCloseable> things) {
        things.forEach(Closing::one);
    }

    static void one(AutoCloseable thing) {
        try {
            thing.close();
        } catch (Throwable failure) {
            LOG.log(System.Logger.Level.WARNING, "could not close " + thing, failure);
        }
    }
}
