package dev.headrace.benchmarks;

import static dev.headrace.engine.data.ElementType.INT32;

import com.google.gson.JsonObject;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.image.DecodeResized;
import dev.headrace.operators.image.Flip;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.image.Resize;
import dev.headrace.operators.image.ResizedCrop;
import dev.headrace.operators.read.External;
import dev.headrace.operators.read.ImageFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Headrace's side of the comparison, in a process of its own: the twin of `peer.py`, which says
/// what the commands are. Its forms are those of [ImageJob] and [DeviceJob];
/// `train-pixels` and so on are the same without normalization.
final class OurSide {
    private static final int SIZE = 224;
    private static final TensorSpec WINDOW = TensorSpec.of(INT32, "", 4);
    private static final TensorSpec FLAG = TensorSpec.scalar(INT32);

    private final Path photographs;
    private final List<List<TensorValue>> arguments;
    private final int batch;

    OurSide(Path photographs, Windows windows, int batch) {
        this.photographs = photographs;
        this.arguments = windows.rows().stream().map(OurSide::arguments).toList();
        this.batch = batch;
    }

    private static List<TensorValue> arguments(int[] row) {
        return List.of(
                TensorValue.of(WINDOW, row[0], row[1], row[2], row[3]),
                TensorValue.of(FLAG, row[4]));
    }

    /// Answers commands until there are no more.
    ///
    /// @param args folder of photographs, file of windows, batch size
    public static void main(String[] args) throws IOException {
        new OurSide(Path.of(args[0]), Windows.read(Path.of(args[1])), Integer.parseInt(args[2]))
                .answers()
                .serve();
    }

    Answers answers() {
        return new Answers(
                OurSide::versions, this::open, images -> images.dense().shape().extent(0));
    }

    static JsonObject versions() {
        var answer = new JsonObject();
        answer.addProperty("Java", Runtime.version().toString());
        answer.addProperty("JPEG", DecodeImage.jpegDecoder());
        answer.addProperty("resizing", Resize.loops());
        return answer;
    }

    /// @param words form, threads, prefetch
    private Pipeline open(List<String> words) {
        var options =
                Options.batchSize(batch)
                        .threads(Integer.parseInt(words.get(1)))
                        .prefetch(Integer.parseInt(words.get(2)))
                        .cycled();
        return graph(words.get(0)).build(options);
    }

    private Graph graph(String form) {
        var graph = Graph.named(form);
        var encoded = graph.read(ImageFolder.at(photographs)).get("encoded");
        if (form.equals("decode")) {
            return graph.output("image", encoded.then(DecodeImage.rgb()));
        }
        var given =
                graph.read(
                        External.indexed(
                                arguments.size(), i -> arguments.get((int) i), "window", "flip"));
        var cut = cut(form.replace("-pixels", ""), encoded, given.get("window"));
        var flip = given.get("flip");
        var image =
                form.endsWith("-pixels")
                        ? cut.then(Flip.horizontal(flip))
                        : cut.then(Normalize.imagenet().layout("CHW").mirror(flip));
        return graph.output("image", form.startsWith("home") ? image.cpu() : image);
    }

    private static Node cut(String job, Node encoded, Node window) {
        var crop = ResizedCrop.to(SIZE, SIZE, window);
        return switch (job) {
            // preserved, so that all of it is decoded
            case "train" -> encoded.then(DecodeImage.rgb()).preserve().then(crop);
            case "fused" -> encoded.then(DecodeImage.rgb()).then(crop);
            case "gpu", "home" -> encoded.then(DecodeImage.rgb()).gpu().then(crop);
            case "large" -> encoded.then(DecodeResized.rgb(crop));
            default -> throw new IllegalArgumentException("no such form: " + job);
        };
    }
}
