package dev.headrace.benchmarks;

import static dev.headrace.engine.data.ElementType.INT32;

import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.image.Flip;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.image.ResizedCrop;
import dev.headrace.operators.read.External;
import dev.headrace.operators.read.ImageFolder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.Scanner;

/// Headrace's side of the comparison, in a process of its own: the twin of `peer.py`, which says
/// what the commands are. Its forms are `decode`, `train` and `train-pixels`.
final class OurSide {
    private static final int SIZE = 224;
    private static final TensorSpec WINDOW = TensorSpec.of(INT32, "", 4);
    private static final TensorSpec FLAG = TensorSpec.scalar(INT32);

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Path photographs;
    private final List<List<TensorValue>> arguments;
    private final int batch;
    private Pipeline pipeline;
    private Iterator<Batch> batches;
    private int ahead;

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
        var side =
                new OurSide(
                        Path.of(args[0]),
                        Windows.read(Path.of(args[1])),
                        Integer.parseInt(args[2]));
        var lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            System.out.println(side.answer(lines.nextLine().split(" ")));
        }
        side.close();
    }

    JsonObject answer(String[] command) throws IOException {
        return switch (command[0]) {
            case "versions" -> versions();
            case "build" ->
                    build(command[1], Integer.parseInt(command[2]), Integer.parseInt(command[3]));
            case "run" -> run(Double.parseDouble(command[1]));
            case "save" -> save(Integer.parseInt(command[1]), Path.of(command[2]));
            default -> throw new IllegalArgumentException("no such command: " + command[0]);
        };
    }

    private static JsonObject versions() {
        var answer = new JsonObject();
        answer.addProperty("Java", Runtime.version().toString());
        answer.addProperty("JPEG", DecodeImage.jpegDecoder());
        return answer;
    }

    private JsonObject build(String form, int threads, int prefetch) {
        close();
        var options = Options.batchSize(batch).threads(threads).prefetch(prefetch).cycled();
        pipeline = graph(form).build(options);
        batches = pipeline.endless().iterator();
        ahead = prefetch;
        var answer = new JsonObject();
        answer.addProperty("built", form);
        return answer;
    }

    private Graph graph(String form) {
        var graph = Graph.named(form);
        var files = graph.read(ImageFolder.at(photographs));
        var decoded = files.get("encoded").then(DecodeImage.rgb());
        if (form.equals("decode")) {
            return graph.output("image", decoded);
        }
        var given =
                graph.read(
                        External.indexed(
                                arguments.size(), i -> arguments.get((int) i), "window", "flip"));
        var cut = decoded.then(ResizedCrop.to(SIZE, SIZE, given.get("window")));
        var flip = given.get("flip");
        var image =
                switch (form) {
                    case "train" -> cut.then(Normalize.imagenet().layout("CHW").mirror(flip));
                    case "train-pixels" -> cut.then(Flip.horizontal(flip));
                    default -> throw new IllegalArgumentException("no such form: " + form);
                };
        return graph.output("image", image);
    }

    private JsonObject run(double seconds) {
        for (int i = 0; i <= ahead; i++) {
            batches.next(); // what was computed before it was asked for does not count
        }
        long images = 0;
        long computed = PROCESS.getProcessCpuTime();
        long start = System.nanoTime();
        double took = 0;
        while (took < seconds) {
            images += batches.next().get("image").dense().shape().extent(0);
            took = (System.nanoTime() - start) / 1e9;
        }
        var answer = new JsonObject();
        answer.addProperty("images", images);
        answer.addProperty("seconds", took);
        answer.addProperty("cpu", (PROCESS.getProcessCpuTime() - computed) / 1e9);
        return answer;
    }

    private JsonObject save(int count, Path path) throws IOException {
        int written = 0;
        try (var channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            while (written < count) {
                var images = batches.next().get("image");
                for (int i = 0; i < images.size() && written < count; i++, written++) {
                    var bytes = images.get(i).buffer();
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }
            }
        }
        var answer = new JsonObject();
        answer.addProperty("saved", written);
        return answer;
    }

    /// Ends the pipeline; its report goes to the error output.
    void close() {
        if (pipeline != null) {
            pipeline.close();
            System.err.print(pipeline.report());
        }
    }
}
