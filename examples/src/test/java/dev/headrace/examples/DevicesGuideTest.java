package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java code that `docs/devices.md` shows compiles; its kernel runs in `CudaKernelTest`.
class DevicesGuideTest {
    private static final String UNIT =
            """
            import static dev.headrace.operators.tensor.CudaKernel.SAME;
            import dev.headrace.engine.data.*;
            import dev.headrace.engine.device.*;
            import dev.headrace.engine.operator.*;
            import dev.headrace.engine.run.*;
            import dev.headrace.engine.spec.*;
            import dev.headrace.graph.*;
            import dev.headrace.operators.decode.*;
            import dev.headrace.operators.image.*;
            import dev.headrace.operators.python.*;
            import dev.headrace.operators.random.*;
            import dev.headrace.operators.tensor.*;
            import java.nio.file.*;

            abstract class Guide {
                Graph graph;
                Node photos, image;
                Options options;
                Pipeline pipeline;
                long stream;
                Model model;

                interface Model {
                    void step(Tensor images);
                }

            %s
            }
            """;

    /// The rest of an operator.
    private static final String NEGATE =
            """
            record Negate() implements CudaTransform {
                @Override
                public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
                    return in;
                }

                @Override
                public void run(Tensor in, Tensor out, SampleContext context) {}

            %s
            }
            """;

    @TempDir Path folder;

    @Test
    void theJavaCodeCompiles() throws IOException {
        int count = 0;
        for (var block : Guides.blocks("docs/devices.md")) {
            if (!block.language().equals("java")) {
                continue;
            }
            count++;
            var text =
                    block.text().startsWith("@Override")
                            ? NEGATE.formatted(block.text())
                            : "void block() throws Exception {\n%s\n}".formatted(block.text());
            var errors = new StringWriter();
            assertTrue(
                    Guides.compiles(UNIT.formatted(text), folder, errors),
                    () -> block.text() + errors);
        }
        assertEquals(5, count);
    }
}
