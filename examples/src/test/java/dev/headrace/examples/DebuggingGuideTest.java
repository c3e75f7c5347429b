package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.CharMatcher;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.graph.inspect.Inspection;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.image.Flip;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.image.Resize;
import dev.headrace.operators.python.PythonFunction;
import dev.headrace.operators.python.View;
import dev.headrace.operators.read.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Makes the mistakes of `docs/debugging.md`, and finds what they say there.
@Timeout(60)
class DebuggingGuideTest {
    private static final Options OPTIONS = Options.batchSize(2).threads(1).seed(1);
    private static final Pattern PYTHON = Pattern.compile("(?ms)^```python\n(.*?)^```$");

    @TempDir Path folder;
    private String guide;
    private Graph graph;
    private Node photos;
    private Node image;

    @BeforeEach
    void begin() throws IOException {
        guide = Files.readString(Headrace.home().resolve("docs/debugging.md"));
        var code = new StringBuilder("import numpy as np\n");
        var blocks = PYTHON.matcher(guide);
        while (blocks.find()) {
            code.append(blocks.group(1));
        }
        Files.writeString(folder.resolve("augment.py"), code);
        var camera = Files.createDirectories(folder.resolve("photos/camera"));
        var photo = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(photo, "png", camera.resolve("093.png").toFile());
        graph = Graph.named("mistake");
        photos = graph.read(ImageFolder.at(folder.resolve("photos")).shuffled());
        image = photos.get("encoded").then(DecodeImage.rgb()).then(Resize.to(64, 64));
    }

    private PythonFunction function(String name) {
        return PythonFunction.in(folder.resolve("augment.py"), name).view(View.NUMPY);
    }

    private void normalize(Node from) {
        graph.output("image", from.then(Normalize.imagenet().layout("CHW")));
    }

    /// The guide has these words, though perhaps in other lines.
    private void told(String words) {
        assertTrue(flat(guide).contains(flat(words)), words);
    }

    private static String flat(String text) {
        return CharMatcher.whitespace().trimAndCollapseFrom(text, ' ');
    }

    @NeedsPython
    @Test
    void theWrongLayout() {
        normalize(image.then(function("planes").outputLayouts("HWC")));
        try (var pipeline = graph.build(OPTIONS)) {
            told(assertThrows(BadSample.class, pipeline::next).what());
        }
        var seen = flat(Inspection.of(graph.spec(), OPTIONS).toString());
        assertTrue(seen.contains("resize UINT8 HWC 64×64×3"), seen);
        assertTrue(seen.contains("pythonFunction UINT8 HWC 3×64×64"), seen);
    }

    @Test
    void noLayoutAtAll() {
        normalize(image.then(function("planes")));
        var refusal = assertThrows(BadGraph.class, () -> graph.plan(OPTIONS));
        told(refusal.problems().getFirst().lines().findFirst().orElseThrow());
    }

    @Test
    void aForgottenOutput() {
        normalize(image);
        image.then(Flip.horizontal()).named("mirrored");
        try (var pipeline = graph.build(OPTIONS)) {
            var batch = pipeline.next();
            told(
                    assertThrows(IllegalArgumentException.class, () -> batch.get("label"))
                            .getMessage());
            var explained = flat(pipeline.plan().explain());
            for (var line :
                    new String[] {
                        "prune imageFolder (ImageFolder): nobody needs its output label",
                        "mirrored (Flip): nobody needs it"
                    }) {
                told(line);
                assertTrue(explained.contains(line), explained);
            }
        }
    }

    @NeedsPython
    @Test
    void aFunctionThatReturnsAList() {
        normalize(image.then(function("brighten").outputLayouts("HWC")));
        try (var pipeline = graph.build(OPTIONS)) {
            told(assertThrows(BadBatch.class, pipeline::next).what());
        }
        var seen = Inspection.of(graph.spec(), OPTIONS).toString();
        assertTrue(seen.contains("What pythonFunction got of that sample"), seen);
    }
}
