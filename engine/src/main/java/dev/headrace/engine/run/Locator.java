package dev.headrace.engine.run;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.plan.PlannedNode;
import java.util.Optional;

/// Says where a failure happened. Called only once something has failed.
final class Locator {
    private final Sources sources;

    Locator(Sources sources) {
        this.sources = sources;
    }

    /// A failure at one sample.
    RuntimeException locate(
            Throwable failure, Where where, PlannedNode node, long iteration, Ids ids, int slot) {
        var at =
                where.inIteration(iteration)
                        .atSample(
                                ids.position(slot),
                                nameOf(
                                        node,
                                        ids.epoch(slot),
                                        ids.position(slot),
                                        ids.attempt(slot)));
        return switch (failure) {
            case BadSample bad when bad.where().isEmpty() ->
                    like(bad, new BadSample(bad.what(), at, bad.getCause()));
            case HeadraceException known -> whole(known, at);
            case InterruptedException stopped ->
                    new BadBatch(where.kind() + " was interrupted", at, stopped);
            case Exception other ->
                    new BadSample(where.kind() + " failed: " + describe(other), at, other);
            default -> new BadBatch(where.kind() + " died: " + describe(failure), at, failure);
        };
    }

    /// A failure of a whole iteration.
    RuntimeException locate(Throwable failure, Where where, long iteration) {
        var at = where.inIteration(iteration);
        return switch (failure) {
            case HeadraceException known -> whole(known, at);
            case InterruptedException stopped ->
                    new BadBatch(where.kind() + " was interrupted", at, stopped);
            case Exception other ->
                    new BadBatch(where.kind() + " failed: " + describe(other), at, other);
            default -> new BadBatch(where.kind() + " died: " + describe(failure), at, failure);
        };
    }

    /// A failure to open or to start something, before there is any iteration.
    static BadGraph atStart(Throwable failure, Where where) {
        if (failure instanceof HeadraceException known && known.where().isEmpty()) {
            var located = new BadGraph(known.what(), where, known.getCause());
            located.setStackTrace(known.getStackTrace());
            return located;
        }
        var what = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return new BadGraph(what, where, failure);
    }

    private static RuntimeException whole(HeadraceException known, Where at) {
        if (known.where().isPresent()) {
            return known;
        }
        return switch (known) {
            case NoRoom room -> like(room, new NoRoom(room.what(), at, room.getCause()));
            case BadBatch bad -> like(bad, new BadBatch(bad.what(), at, bad.getCause()));
            case BadSample bad -> like(bad, new BadBatch(bad.what(), at, bad.getCause()));
            case BadGraph bad -> like(bad, new BadBatch(bad.what(), at, bad.getCause()));
        };
    }

    private static RuntimeException like(Throwable original, RuntimeException located) {
        located.setStackTrace(original.getStackTrace());
        return located;
    }

    /// What a sample is called; empty where its source fails to say.
    Optional<String> nameOf(PlannedNode node, long epoch, long position, int attempt) {
        try {
            return sources.name(node, epoch, position, attempt);
        } catch (Throwable unknown) { // of the user's own code
            return Optional.empty();
        }
    }

    private static String describe(Throwable failure) {
        return failure.getMessage() == null
                ? failure.getClass().getName()
                : failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }
}
