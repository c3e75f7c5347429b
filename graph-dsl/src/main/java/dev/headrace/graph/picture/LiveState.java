package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableList;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Report;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Optional;

/// What a live page is told once a second, and the images that it asks for.
final class LiveState {
    /// Images on a sheet: {@value}.
    static final int MOST_IMAGES = 12;

    /// Pixels a side of each: {@value}.
    static final int MOST_PIXELS = 64;

    private static final Gson GSON = new Gson();

    private LiveState() {}

    /// One line of JSON.
    ///
    /// @param batch what the consumer holds now
    static String json(Report report, Optional<Batch> batch) {
        var json = new JsonObject();
        json.add("statistics", Statistics.json(report));
        json.addProperty("errorCount", report.failures() + report.badSampleCount());
        json.add("errors", GSON.toJsonTree(errors(report)));
        json.addProperty("closed", report.closed());
        json.add(
                "values", GSON.toJsonTree(batch.map(LiveState::values).orElse(ImmutableList.of())));
        batch.ifPresent(
                now -> {
                    json.addProperty("iteration", now.iteration());
                    json.addProperty("epoch", now.epoch());
                });
        return GSON.toJson(json);
    }

    private static ImmutableList<String> errors(Report report) {
        var errors = ImmutableList.<String>builder();
        errors.addAll(report.errors());
        report.badSamples().forEach(row -> errors.add(row.text()));
        return errors.build();
    }

    /// The names of the values whose first sample is an image: outputs, then what is looked at.
    private static ImmutableList<String> values(Batch batch) {
        var names = new ArrayList<>(batch.names());
        batch.peeks().stream().filter(name -> !names.contains(name)).forEach(names::add);
        return names.stream()
                .filter(name -> isImage(list(batch, name)))
                .collect(ImmutableList.toImmutableList());
    }

    private static TensorList list(Batch batch, String name) {
        return batch.names().contains(name) ? batch.get(name) : batch.peek(name);
    }

    private static boolean isImage(TensorList tensors) {
        return tensors.size() > 0
                && !tensors.get(0).isOnDevice()
                && TensorPicture.isImage(tensors.spec(0));
    }

    /// The first images of a value as one JPEG file; empty if the batch has none of this name.
    static Optional<byte[]> sheet(Batch batch, String name) {
        if (!values(batch).contains(name)) {
            return Optional.empty();
        }
        var tensors = list(batch, name);
        var images = new ArrayList<BufferedImage>();
        var names = new ArrayList<String>();
        for (int i = 0; i < Math.min(MOST_IMAGES, tensors.size()); i++) {
            var position = tensors.id(i).position();
            TensorPicture.small(tensors.get(i), MOST_PIXELS)
                    .ifPresent(
                            picture -> {
                                images.add(picture.image());
                                names.add(Long.toString(position));
                            });
        }
        return Optional.of(ImageBytes.of(ContactSheet.draw(images, names, MOST_PIXELS), "jpeg"));
    }
}
