package dev.headrace.graph.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Samples.Copy;
import dev.headrace.graph.Samples.Given;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class InspectionTest {
    private static final TensorSpec LABEL = TensorSpec.scalar(ElementType.INT64);

    /// A copy of all but samples whose first element is this, which it refuses.
    record Refuse(double first) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            if (in.number(0) == first) {
                throw new BadSample("Refuse takes anything but " + first);
            }
            out.copyFrom(in);
        }
    }

    /// One random number a sample.
    record Draw() implements SampleOperator {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public boolean random() {
            return true;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, TensorSpec.scalar(ElementType.FLOAT64)).float64(0, context.uniform("draw"));
        }
    }

    /// A random number a sample, or a failure.
    record Mix(boolean fails) implements SampleOperator {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            if (fails) {
                throw new BadSample("no mix");
            }
            out.make(0, TensorSpec.scalar(ElementType.FLOAT64)).float64(0, context.uniform("mix"));
        }
    }

    /// A source that cannot be read.
    record Broken() implements IndexedSource<IndexedSource.Dataset> {
        @Override
        public Dataset open() {
            return () -> 2;
        }

        @Override
        public void read(Dataset dataset, long index, Outputs out, SampleContext context) {
            throw new BadSample("cannot read");
        }
    }

    /// Sees a value, and gives nothing.
    record Watch(boolean fails) implements SampleOperator {
        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Effect effect() {
            return Effect.VISIBLE;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            if (fails) {
                throw new BadSample("nothing to see");
            }
        }
    }

    /// The first sample of a batch, or a failure.
    record First(boolean fails) implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            if (fails) {
                throw new BadBatch("no first");
            }
            out.samples(List.of(in.get(0).id(0)));
            out.make(0, 0, in.get(0).spec(0)).copyFrom(in.get(0).get(0));
        }
    }

    private static TensorValue uint8(String layout, long[] extents, double... elements) {
        return TensorValue.of(TensorSpec.of(ElementType.UINT8, layout, extents), elements);
    }

    private static TensorValue floats(double... elements) {
        return TensorValue.of(TensorSpec.of(ElementType.FLOAT32, "", elements.length), elements);
    }

    private static Given given(TensorValue... values) {
        return new Given(ImmutableList.copyOf(values));
    }

    private static final Given TWO = given(floats(0, 1), floats(2, 5));

    private static Options pair() {
        return Options.batchSize(2).threads(2);
    }

    private static String text(Graph graph, Options options) {
        return Inspection.of(graph, options).toString();
    }

    @Test
    void tellsOfEachValueWhatItIsLike() {
        var graph = Graph.named("small");
        var source = graph.read(TWO);
        graph.output("copy", source.get("value").then(new Copy(1)));
        graph.output("label", source.get("label"));
        assertEquals(
                """
                graph small: the first batch, of 2 samples
                output copy = copy
                output label = given.label

                value        type and shape  range   mean ± std  zero  spread
                given.value  FLOAT32 2       0 to 5  2 ± 1.87    25 %  ██·█···█
                given.label  INT64 scalar    0 to 1  0.5 ± 0.5   50 %  ██
                copy         FLOAT32 2       0 to 5  2 ± 1.87    25 %  ██·█···█
                """,
                text(graph, pair()));
    }

    @Test
    void printsWhatItSaysToAStream() {
        var graph = Graph.named("small");
        graph.output("label", graph.read(TWO).get("label"));
        var inspection = Inspection.of(graph, pair());
        var out = new ByteArrayOutputStream();
        inspection.print(new PrintStream(out, false, StandardCharsets.UTF_8));
        assertEquals(inspection.toString(), out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void tellsWhatDidNotRunAndWhy() {
        var graph = Graph.named("some");
        var source = graph.read(TWO);
        var value = source.get("value");
        var once = value.then(new Copy(1));
        var again = value.then(new Copy(1));
        value.then(new Copy(2)).named("forgotten");
        once.then(new Watch(false));
        graph.output("a", once).output("b", again);
        graph.output("one", Argument.of(1));
        var text = text(graph, pair());
        int line = Integer.parseInt(text.replaceAll("(?s).*forgotten.*?java:(\\d+).*", "$1"));
        assertEquals(
                """

                Ran, without an output to look at
                  watch (Watch), added at InspectionTest.java:%d

                Did not run
                  copy2 (Copy), added at InspectionTest.java:%d: the same as copy
                  forgotten (Copy), added at InspectionTest.java:%d: nobody needs it

                Values that nobody needs, which are not made
                  given.label
                """
                        .formatted(line + 1, line - 1, line),
                text.substring(text.indexOf("\nRan")));
        assertEquals(
                List.of("output a = copy", "output b = copy", "output one = 1, of every sample"),
                text.lines().filter(each -> each.startsWith("output ")).toList());
    }

    @Test
    void samplesOfDifferentShapesAreGivenAsRanges() {
        var graph = Graph.named("ragged");
        var value =
                graph.read(
                                given(
                                        uint8("HWC", new long[] {1, 2, 1}, 1, 3),
                                        uint8("HWC", new long[] {3, 1, 1}, 2, 2, 2)))
                        .get("value");
        graph.output("value", value);
        assertEquals(
                "given.value  UINT8 HWC 1–3×1–2×1  1 to 3  2 ± 0.632         ▃█▃     ragged",
                line(text(graph, pair()), "given.value"));
    }

    @Test
    void bytesShowTheirNumberAndTheFirst() {
        var graph = Graph.named("bytes");
        var png = new double[40];
        double[] head = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, '~', 'x'};
        System.arraycopy(head, 0, png, 0, head.length);
        var value =
                graph.read(given(uint8("", new long[] {40}, png), uint8("", new long[] {1}, 7)))
                        .get("value");
        graph.output("value", value);
        assertEquals(
                "given.value  UINT8 1–40      begins 89 50 4e 47 0d 0a 1a 0a 00 7e  |.PNG.....~|  ragged",
                line(text(graph, pair()), "given.value"));
    }

    @Test
    void samplesOfOneShapeThatNothingPromisedLieApartInTheFirstBatch() {
        var graph = Graph.named("apart");
        graph.output("refuse", graph.read(TWO).get("value").then(new Refuse(9)));
        assertEquals(
                """
                refuse       FLOAT32 2       0 to 5  2 ± 1.87    25 %  ██·█···█  apart

                apart: samples of one shape, which nothing promised, so each lies in memory of its own; from
                the second batch on, as many of that shape lie in one block

                Values that nobody needs, which are not made
                  given.label
                """,
                text(graph, pair()).replaceFirst("(?s).*\n(?=refuse)", ""));
    }

    @Test
    void aFailingSampleShowsWhatItsNodeGotAndWhatWasReached() {
        var graph = Graph.named("bad");
        var source = graph.read(TWO);
        var image = source.get("value").then(new Copy(1)).then(new Refuse(2)).named("picky");
        graph.output("image", image.then(new Copy(3)).named("after"));
        graph.output("label", source.get("label"));
        var inspection = Inspection.of(graph, pair());
        assertInstanceOf(BadSample.class, inspection.failure().orElseThrow());
        var text = inspection.toString();
        var line = text.replaceAll("(?s).*picky.*?java:(\\d+).*", "$1");
        assertEquals(
                """
                graph bad: the first batch failed
                output image = after
                output label = given.label

                Refuse takes anything but 2.0
                  at picky (Refuse), added at InspectionTest.java:LINE, iteration 0, sample 1 [file1]

                What picky got of that sample
                copy  FLOAT32 2  2 to 5  3.5 ± 1.5    █······█

                What was reached, run once more without what failed
                value        type and shape  range   mean ± std  zero  spread
                given.value  FLOAT32 2       0 to 5  2 ± 1.87    25 %  ██·█···█
                given.label  INT64 scalar    0 to 1  0.5 ± 0.5   50 %  ██
                copy         FLOAT32 2       0 to 5  2 ± 1.87    25 %  ██·█···█

                Not reached
                  picky (Refuse), added at InspectionTest.java:LINE
                  after (Copy), added at InspectionTest.java:NEXT
                """
                        .replace("LINE", line)
                        .replace("NEXT", Integer.toString(Integer.parseInt(line) + 1)),
                text);
    }

    @Test
    void aFailingBatchShowsTheSame() {
        var graph = Graph.named("bad");
        var first = graph.add(new First(true), graph.read(TWO).get("value"));
        graph.output("first", first).output("draw", graph.add(new Draw()));
        var inspection = Inspection.of(graph, pair());
        assertInstanceOf(BadBatch.class, inspection.failure().orElseThrow());
        var text = inspection.toString();
        assertTrue(text.contains("\nno first\n  at first (First), added at Insp"), text);
        assertTrue(text.contains("iteration 0\n\nWhat was reached"), text);
        assertTrue(line(text, "given.value").contains("2 ± 1.87"), text);
        assertTrue(text.contains("\nNot reached\n  first (First), added at"), text);
    }

    @Test
    void aFailureThatNoPolicyHelpsAgainstShowsTheSame() {
        var graph = Graph.named("bad");
        var value = graph.read(TWO).get("value");
        graph.output("value", value).output("first", graph.add(new First(true), value));
        var values = ImmutableMap.of("value", floats(8, 8));
        var text = text(graph, pair().badSamples(BadSamples.replace(values, 5)));
        assertTrue(line(text, "given.value").contains("2 ± 1.87"), text);
    }

    /// Two draws are numbered as written: without the first, the second would be another number.
    @Test
    void whatIsReachedIsTheSameAsWithoutTheFailure() {
        var spread = new String[2];
        for (int i = 0; i < 2; i++) {
            var graph = Graph.named("draws");
            var value = graph.read(TWO).get("value");
            graph.output("one", graph.add(new Mix(i == 0), value));
            graph.output("two", graph.add(new Mix(false), value));
            var text = text(graph, pair().seed(3));
            var row = line(text, "mix2").split("  +");
            assertEquals("FLOAT64 scalar", row[1], text);
            spread[i] = row[2];
        }
        assertEquals(spread[0], spread[1]);
    }

    @Test
    void severalFailuresAreGoneAroundAndTheFirstIsTold() {
        var graph = Graph.named("worse");
        var value = graph.read(TWO).get("value");
        value.then(new Watch(true)).named("sink");
        graph.output("a", value.then(new Refuse(0)).named("a"));
        graph.output("b", value.then(new Refuse(2)).named("b").then(new Copy(1)));
        graph.output("c", value.then(new Copy(2)).named("c"));
        var text = text(graph, pair());
        assertTrue(line(text, "c ").contains("2 ± 1.87"), text);
        assertTrue(text.contains("\nnothing to see\n  at sink (Watch)"), text);
        assertEquals(
                List.of("sink", "a", "b", "copy"),
                text.substring(text.indexOf("Not reached"))
                        .lines()
                        .skip(1)
                        .takeWhile(line -> !line.isEmpty())
                        .map(line -> line.strip().split(" ")[0])
                        .toList());
    }

    @Test
    void whatIsReachedIsToldApartThoughANodeIsNamedAsAnOutput() {
        var graph = Graph.named("names");
        var given = graph.read(TWO);
        graph.output("label", given.get("label"));
        var like = given.get("value").then(new Copy(1)).named("given.label");
        graph.output("bad", like.then(new Refuse(0)).named("bad"));
        var text = text(graph, pair());
        assertTrue(line(text, "given.label  ").contains("INT64"), text);
        assertEquals(1, text.lines().filter(row -> row.startsWith("given.label  ")).count());
        var table = text.substring(text.indexOf("What was reached"));
        assertTrue(line(table, "given.label'  ").contains("FLOAT32"), text);
        assertTrue(text.contains("What bad got of that sample\ngiven.label'  "), text);
    }

    @Test
    void aFailingSourceLeavesNothingToSee() {
        var graph = Graph.named("broken");
        graph.output("value", graph.read(new Broken()).then(new Copy(1)));
        var text = text(graph, pair());
        assertTrue(text.contains("\n\ncannot read\n  at broken (Broken), added at"), text);
        assertTrue(text.contains("\n\nNot reached\n  broken (Broken)"), text);
        assertEquals(
                "", text.lines().filter(line -> line.contains("reached,")).findAny().orElse(""));
    }

    @Test
    void aWrongGraphIsRefusedAsByThePlanner() {
        var graph = Graph.named("none");
        graph.read(TWO);
        assertThrows(BadGraph.class, () -> Inspection.of(graph, pair()));
    }

    @Test
    void samplesThatWereSkippedAreTold() {
        var graph = Graph.named("skipping");
        graph.output("value", graph.read(TWO).get("value").then(new Refuse(2)));
        var text = text(graph, pair().badSamples(BadSamples.skip(5)));
        assertTrue(text.contains("\nnot used: Refuse takes anything but 2.0\n"), text);
        assertTrue(line(text, "refuse").contains("0 to 1"), text);
    }

    @Test
    void aReplacedSampleIsNotedWhereItHasNoElements() {
        var graph = Graph.named("replacing");
        var copy = graph.read(TWO).get("value").then(new Copy(1));
        graph.output("value", copy.then(new Refuse(2)));
        var values = ImmutableMap.of("value", floats(8, 8));
        var text = text(graph, pair().badSamples(BadSamples.replace(values, 5)));
        assertTrue(line(text, "copy").contains("FLOAT32 2       0 to 1"), text);
        assertTrue(line(text, "copy").contains("1 without elements"), text);
        assertTrue(line(text, "refuse").contains("0 to 8"), text);
    }

    @Test
    void aBatchThatDoesNotFitSaysThatASmallerOneMay() {
        var graph = Graph.named("large");
        var large = floats(new double[1000]);
        graph.output("value", graph.read(given(large, large)).get("value").then(new Copy(1)));
        var inspection = Inspection.of(graph, pair().memoryLimit(9_000));
        assertInstanceOf(NoRoom.class, inspection.failure().orElseThrow());
        var text = inspection.toString();
        assertTrue(text.contains("Everything is kept here to be looked at: a smaller batch"), text);
    }

    @Test
    void aValueOfAnotherNumberOfSamplesSaysSo() {
        var graph = Graph.named("fewer");
        var value = graph.read(TWO).get("value");
        graph.output("value", value).output("first", graph.add(new First(false), value));
        assertEquals("1 sample", line(text(graph, pair()), "first").split("█ +")[1]);
    }

    @Test
    void writesAContactSheetForEachValueThatIsAnImage(@TempDir Path folder) throws IOException {
        var graph = Graph.named("images");
        var source =
                graph.read(
                        given(
                                uint8("HWC", new long[] {1, 1, 3}, 255, 0, 0),
                                uint8("HWC", new long[] {1, 2, 3}, 0, 255, 0, 0, 0, 255)));
        var value = source.get("value").then(new Copy(1)).named("../a b");
        graph.output("value", value.then(new Copy(2)).named("..:A B"));
        graph.output("label", source.get("label"));
        var into = folder.resolve("new/out");
        var files = Inspection.of(graph, pair()).writeImages(into);
        assertEquals(
                Stream.of("given.value.png", "_._a_b.png", "_._A_B-2.png")
                        .map(into::resolve)
                        .toList(),
                files);
        assertEquals(3, Files.list(into).count());
        var sheet = ImageIO.read(files.getFirst().toFile());
        // one column for each, 128 wide with 12 around; the second image is 2×1 pixels of 64
        assertEquals(2 * 140 + 12, sheet.getWidth());
        assertEquals(Color.RED.getRGB(), sheet.getRGB(12, 12));
        assertEquals(Color.RED.getRGB(), sheet.getRGB(12 + 127, 12 + 127));
        assertEquals(Color.GREEN.getRGB(), sheet.getRGB(12 + 140, 12));
        assertEquals(Color.BLUE.getRGB(), sheet.getRGB(12 + 140 + 64, 12 + 63));
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(12 + 140 + 64, 12 + 64));
    }

    @Test
    void ofManySamplesTheFirstAreShown() {
        var grey = uint8("HWC", new long[] {1, 1, 1}, 9);
        var graph = Graph.named("many");
        graph.output(
                "value",
                graph.read(given(Collections.nCopies(20, grey).toArray(TensorValue[]::new)))
                        .get("value"));
        var looks = Inspection.of(graph, Options.batchSize(20)).seen().looks();
        var images = looks.get("given.value").images();
        assertEquals(Inspection.MOST_IMAGES, images.size());
        assertEquals("sample 15", images.getLast().name());
    }

    private static String line(String text, String start) {
        return text.lines().filter(line -> line.startsWith(start)).findFirst().orElse(text);
    }
}
