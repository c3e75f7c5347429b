package dev.headrace.engine.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// What Java Flight Recorder has recorded of a piece of work: all of our events.
record Recorded(List<RecordedEvent> events) {
    private static final List<String> TYPES =
            List.of("Batch", "Copy", "Iteration", "OperatorCall", "Queue", "Sample", "Wait");

    static Recorded of(Runnable work) {
        try (var recording = new Recording()) {
            for (var type : TYPES) {
                recording
                        .enable("dev.headrace." + type)
                        .withThreshold(Duration.ZERO)
                        .with("throttle", "off");
            }
            return of(recording, work);
        }
    }

    /// As a user would record who says nothing of our events.
    static Recorded byDefault(Runnable work) {
        try (var recording = new Recording()) {
            return of(recording, work);
        }
    }

    private static Recorded of(Recording recording, Runnable work) {
        recording.start();
        work.run();
        recording.stop();
        try {
            var file = Files.createTempFile("recorded", ".jfr");
            recording.dump(file);
            var events = RecordingFile.readAllEvents(file);
            Files.delete(file);
            return new Recorded(
                    events.stream()
                            .filter(e -> e.getEventType().getName().startsWith("dev.headrace."))
                            .toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    List<RecordedEvent> all(String type) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("dev.headrace." + type))
                .toList();
    }
}
