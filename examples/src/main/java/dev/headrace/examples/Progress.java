package dev.headrace.examples;

import java.io.PrintWriter;
import java.util.Locale;

/// A line about the epoch that runs: how far it is, loss, accuracy, images a second, and the share
/// of time in which the training waited for data.
///
/// On a terminal the line is drawn again and again; elsewhere it is printed once, when the epoch is
/// over. Confined to one thread.
final class Progress implements AutoCloseable {
    private static final int BAR = 8; // so that the line fits 80 columns
    private static final long REDRAW_NANOS = 100_000_000;
    private static final String TO_START = "\r\u001b[K"; // and clear the line

    private final PrintWriter out;
    private final boolean terminal;
    private final int epochs;
    private final long imagesAnEpoch;

    private long epoch;
    private long images;
    private double lossSum;
    private long correct;
    private long began = System.nanoTime();
    private long waited;
    private long steppedAt = began;
    private long drawnAt = began;

    /// Progress of a training that begins now.
    ///
    /// @param terminal whether the line is drawn again and again
    Progress(PrintWriter out, boolean terminal, int epochs, long imagesAnEpoch) {
        this.out = out;
        this.terminal = terminal;
        this.epochs = epochs;
        this.imagesAnEpoch = imagesAnEpoch;
    }

    /// A batch has come: until now, the training waited for it.
    ///
    /// @param epochOfIt from 0
    void came(long epochOfIt) {
        if (epochOfIt != epoch) {
            endEpoch();
            epoch = epochOfIt;
        }
        waited += System.nanoTime() - steppedAt;
    }

    /// The network has learned from that batch.
    ///
    /// @param size how many images it had
    void stepped(int size, Network.Step step) {
        images += size;
        lossSum += step.loss() * size;
        correct += step.correct();
        steppedAt = System.nanoTime();
        if (terminal && steppedAt - drawnAt > REDRAW_NANOS) {
            drawnAt = steppedAt;
            out.print(TO_START + line());
            out.flush();
        }
    }

    private void endEpoch() {
        if (images > 0) {
            out.println(terminal ? TO_START + line() : line());
        }
        images = 0;
        lossSum = 0;
        correct = 0;
        waited = 0;
        began = steppedAt;
    }

    private String line() {
        int filled = (int) Math.min(BAR, BAR * images / imagesAnEpoch);
        double nanos = Math.max(1, steppedAt - began);
        return String.format(
                Locale.ROOT,
                "epoch %2d/%d [%s%s] loss %.3f accuracy %5.1f%% %,5.0f images/s waited %4.1f%%",
                epoch + 1,
                epochs,
                "=".repeat(filled),
                " ".repeat(BAR - filled),
                lossSum / images,
                100.0 * correct / images,
                1e9 * images / nanos,
                100 * waited / nanos);
    }

    /// Prints the line of the last epoch.
    @Override
    public void close() {
        endEpoch();
    }
}
