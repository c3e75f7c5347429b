package dev.headrace.examples;

import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.read.ImageFolder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What can be told from each photo's mean colour alone: a photo takes the class of the training
/// photo whose mean colour is nearest.
///
/// On the sample photos one neighbour does better than 5, 15 or 31 of them, and than the nearest of
/// the classes' means.
final class ColourBaseline {
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
                        .filter(photo -> nearest(photo, known).label() == photo.label())
                        .count();
        return (double) correct / unknown.size();
    }

    private static Seen nearest(Seen photo, List<Seen> known) {
        return known.stream().min(Comparator.comparingDouble(photo::distance)).orElseThrow();
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
