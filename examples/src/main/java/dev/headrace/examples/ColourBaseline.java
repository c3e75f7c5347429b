package dev.headrace.examples;

import static com.google.common.collect.Comparators.least;
import static java.util.Collections.frequency;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;

import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.read.ImageFolder;
import java.util.ArrayList;
import java.util.List;

/// What can be told from each photo's mean colour alone: the class that most of the training photos
/// nearest in colour have, the nearer one where two have as many.
///
/// On the sample photos {@value #NEIGHBOURS} of them do better than 1, 3, 9, 15, 31 or 61, and than
/// the nearest of the classes' means.
final class ColourBaseline {
    private static final int NEIGHBOURS = 5;

    /// A photo.
    ///
    /// @param colour its mean, in the order red, green, blue, 0 to 255
    /// @param label its class
    private record Seen(float[] colour, long label) {
        private double distance(Seen other) {
            double sum = 0;
            for (int i = 0; i < colour.length; i++) {
                double difference = colour[i] - other.colour[i];
                sum += difference * difference;
            }
            return sum;
        }
    }

    private ColourBaseline() {}

    /// The share of held-out photos that are told right, 0 to 1.
    static double accuracy(ImageFolder train, ImageFolder heldOut, Options options) {
        var known = look(train, options);
        var unknown = look(heldOut, options);
        long correct =
                unknown.parallelStream()
                        .filter(photo -> guess(photo, known) == photo.label())
                        .count();
        return (double) correct / unknown.size();
    }

    private static long guess(Seen photo, List<Seen> known) {
        var nearest =
                known.stream().collect(least(NEIGHBOURS, comparingDouble(photo::distance))).stream()
                        .map(Seen::label)
                        .toList();
        return nearest.stream().max(comparingInt(label -> frequency(nearest, label))).orElseThrow();
    }

    private static List<Seen> look(ImageFolder folder, Options options) {
        var graph = Graph.named("mean colours");
        var photos = graph.read(folder);
        graph.output(
                "colour", photos.get("encoded").then(DecodeImage.rgb()).then(new MeanColour()));
        graph.output("label", photos.get("label"));

        var seen = new ArrayList<Seen>();
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.epoch()) {
                for (int i = 0; i < batch.size(); i++) {
                    var colour = batch.get("colour").get(i);
                    seen.add(
                            new Seen(
                                    new float[] {
                                        colour.float32(0), colour.float32(1), colour.float32(2)
                                    },
                                    batch.get("label").get(i).int64(0)));
                }
            }
        }
        return seen;
    }
}
