package dev.headrace.examples;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.python.PythonFunction;
import dev.headrace.operators.python.View;
import dev.headrace.testkit.Trial;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tries what `docs/python.md` shows: its Python code runs, its Java code compiles.
class PythonGuideTest {
    private static final Options OPTIONS = Options.batchSize(2).threads(2).seed(1);

    private static final TensorValue IMAGE = float32("HWC", shape(1, 1, 2), 1, 3);

    /// The one that needs a package which is not set up: it is only compiled.
    private static final Set<String> UNTRIED = Set.of("blur.py");

    @TempDir Path folder;
    private final List<String> java = new ArrayList<>();
    private final Set<String> files = new TreeSet<>();
    private final Set<String> tried = new HashSet<>(UNTRIED);

    @BeforeEach
    void read() throws IOException {
        for (var block : Guides.blocks("docs/python.md")) {
            var text = block.text();
            switch (block.language()) {
                case "java" -> java.add(text);
                case "python" -> {
                    var file = text.lines().findFirst().orElseThrow().substring("# ".length());
                    Files.writeString(folder.resolve(file), text);
                    files.add(file);
                }
                default -> throw new IllegalStateException("a block of " + block.language());
            }
        }
    }

    @NeedsPython
    @Test
    void thePythonCodeDoesWhatItIsSaidToDo() {
        var bytes = uint8("HWC", shape(1, 1, 3), 0, 127, 200);
        gives(uint8("HWC", shape(1, 1, 3), 0, 127, 55), in("solarize.py", "solarize"), bytes);
        gives(uint8("HWC", shape(1, 1, 3), 255, 128, 55), in("invert.py", "invert"), bytes);
        var brightness = in("brightness.py", "brightness").view(View.TENSOR).outputLayouts("");
        gives(scalar(FLOAT64, 109), brightness, bytes);

        var grade = in("grade.py", "grade").numOutputs(2).outputLayouts(List.of("HWC"));
        var graded = run(grade, List.of(List.of(IMAGE, scalar(FLOAT32, 7), scalar(FLOAT32, 0.5))));
        assertEquals(float32("HWC", shape(1, 1, 2), 0.5, 1.5), graded.get(0).getFirst());
        assertEquals(scalar(FLOAT32, 7), graded.get(1).getFirst());

        var numbers = List.of(List.of(scalar(FLOAT32, 4)), List.of(scalar(FLOAT32, 6)));
        assertEquals(
                List.of(scalar(FLOAT64, 4), scalar(FLOAT64, 5)),
                run(in("running.py", "mean.update").outputLayouts(""), numbers).getFirst());

        var images = List.of(List.of(IMAGE), List.of(float32("HWC", shape(1, 1, 2), 4, 4)));
        var centred =
                List.of(
                        float32("HWC", shape(1, 1, 2), -2, 0),
                        float32("HWC", shape(1, 1, 2), 1, 1));
        var centre = in("centre.py", "centre").batchProcessing(true);
        var centreAll = in("centre.py", "centre_all").batchProcessing(true).dense();
        assertEquals(centred, run(centre, images).getFirst());
        assertEquals(centred, run(centreAll, images).getFirst());

        var noise = in("noise.py", "noise");
        var same = List.of(List.of(IMAGE), List.of(IMAGE));
        var noisy = run(noise, same).getFirst();
        assertEquals(noisy, run(noise.workers(2), same).getFirst());
        assertNotEquals(noisy.getFirst(), noisy.getLast());
        assertEquals(1, noisy.getFirst().number(0), 1);

        var check = in("check.py", "check").numOutputs(0);
        run(check, same);
        var broken = List.of(List.of(float32("HWC", shape(1, 1, 2), 1, Double.NaN)));
        assertEquals(
                "check raised ValueError: an image has values that are no numbers",
                assertThrows(BadBatch.class, () -> run(check, broken)).what());

        assertEquals(files, tried);
    }

    private PythonFunction in(String file, String function) {
        tried.add(file);
        return PythonFunction.in(folder.resolve(file), function)
                .view(View.NUMPY)
                .outputLayouts("HWC");
    }

    private static void gives(TensorValue expected, PythonFunction function, TensorValue given) {
        assertEquals(expected, run(function, List.of(List.of(given))).getFirst().getFirst());
    }

    /// What a function gives for each sample, by output; then its inputs.
    private static List<List<TensorValue>> run(
            PythonFunction function, List<List<TensorValue>> samples) {
        return Trial.of(function, samples).run(OPTIONS);
    }

    @Test
    void theReadmeShowsTheFunctionThatTrainUses() throws IOException {
        var shown =
                Guides.blocks("README.md").stream()
                        .filter(block -> block.language().equals("python"))
                        .findFirst();
        var used = Files.readString(Headrace.home().resolve("examples/python/augment.py"));
        assertTrue(used.contains(shown.orElseThrow().text()), used);
    }

    @Test
    void theJavaCodeCompiles() {
        assertTrue(java.size() > 5, java::toString);
        for (var block : java) {
            var errors = new StringWriter();
            assertTrue(compile(block, errors), () -> block + errors);
        }
    }

    private boolean compile(String block, StringWriter errors) {
        var text =
                """
                import dev.headrace.engine.error.*;
                import dev.headrace.engine.operator.Argument;
                import dev.headrace.engine.run.*;
                import dev.headrace.graph.*;
                import dev.headrace.operators.decode.*;
                import dev.headrace.operators.image.*;
                import dev.headrace.operators.python.*;
                import java.nio.file.Path;
                import java.time.Duration;
                import java.util.List;

                abstract class Guide {
                    Graph graph;
                    Node photos, image, value;
                    Pipeline pipeline;

                    abstract void train(Batch batch);

                    void block() throws Exception {
                %s
                    }
                }
                """
                        .formatted(block);
        return Guides.compiles(text, folder, errors);
    }
}
