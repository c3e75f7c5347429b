package dev.headrace.engine.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Says what happens again and again: of each kind of message the first {@value #IN_FULL} in
/// {@value #WINDOW_SECONDS} seconds in full, of the others only how many there were. Thread-safe.
final class Notices {
    static final int IN_FULL = 3;
    static final int WINDOW_SECONDS = 10;

    private static final long SECOND = 1_000_000_000;

    private final System.Logger log;
    private final LongSupplier nanoTime;
    private final Map<String, Window> windows = new LinkedHashMap<>(); // guarded by this

    private static final class Window {
        final long since;
        final System.Logger.Level level;
        long count;

        Window(long since, System.Logger.Level level) {
            this.since = since;
            this.level = level;
        }
    }

    /// @param nanoTime as `System.nanoTime()`
    Notices(System.Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /// Says a message, or counts it.
    ///
    /// @param kind in the plural, as in `bad samples of train`; there should be few
    synchronized void say(System.Logger.Level level, String kind, Supplier<String> message) {
        if (!log.isLoggable(level)) {
            return;
        }
        long now = nanoTime.getAsLong();
        var window = windows.get(kind);
        if (window != null && now - window.since >= WINDOW_SECONDS * SECOND) {
            sayRest(kind, window, now);
            window = null;
        }
        if (window == null) {
            window = new Window(now, level);
            windows.put(kind, window);
        }
        if (++window.count <= IN_FULL) {
            log.log(level, message.get());
        }
    }

    /// Says how many messages were counted and not said so far.
    synchronized void sayRest() {
        long now = nanoTime.getAsLong();
        windows.forEach((kind, window) -> sayRest(kind, window, now));
        windows.clear();
    }

    private void sayRest(String kind, Window window, long now) {
        if (window.count > IN_FULL) {
            log.log(
                    window.level,
                    "… and "
                            + (window.count - IN_FULL)
                            + " more "
                            + kind
                            + " in the last "
                            + ((now - window.since + SECOND - 1) / SECOND)
                            + " s");
        }
    }
}
