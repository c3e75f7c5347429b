package dev.headrace.benchmarks;

import java.io.IOException;
import java.util.List;

/// How the peer is run.
///
/// @param form which of its forms of the same job
/// @param threads its worker threads
/// @param prefetch how many batches it computes ahead
record PeerSettings(String form, int threads, int prefetch) {
    /// Says a line.
    interface Voice {
        void say(String format, Object... values);
    }

    /// The fastest of those tried, each for a second or two.
    ///
    /// @param quick whether only the forms are tried
    static PeerSettings tune(Side peer, List<String> forms, int cores, boolean quick, Voice voice)
            throws IOException {
        PeerSettings best = null;
        double bestRate = 0;
        for (var form : forms) {
            for (int threads = cores; threads <= (quick ? cores : 2 * cores); threads++) {
                for (int prefetch = quick ? 2 : 1; prefetch <= (quick ? 2 : 3); prefetch++) {
                    var tried = new PeerSettings(form, threads, prefetch);
                    tried.build(peer);
                    peer.run(0.5);
                    double rate = peer.run(quick ? 1 : 2).perSecond();
                    voice.say("cores %d, DALI with %s: %,.0f images/s", cores, tried, rate);
                    if (rate > bestRate) {
                        best = tried;
                        bestRate = rate;
                    }
                }
            }
        }
        return best;
    }

    void build(Side peer) throws IOException {
        peer.build(form, threads, prefetch);
    }

    @Override
    public String toString() {
        return "%s, threads %d, prefetch %d".formatted(form, threads, prefetch);
    }
}
