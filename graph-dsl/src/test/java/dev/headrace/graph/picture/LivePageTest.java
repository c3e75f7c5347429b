package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Samples.Copy;
import dev.headrace.graph.Samples.Given;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the page of a running pipeline shows, as browsers get it.
@Timeout(60)
class LivePageTest {
    private static final TensorSpec IMAGE = TensorSpec.of(ElementType.UINT8, "HWC", 4, 6, 3);

    /// Grey images, each 20 brighter than the one before.
    private static Given images(int count) {
        return new Given(
                IntStream.range(0, count)
                        .mapToObj(i -> TensorValue.filled(IMAGE, 20 * i))
                        .collect(ImmutableList.toImmutableList()));
    }

    /// Refuses one label.
    private record RefuseLabel(long refused) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            if (in.int64(0) == refused) {
                throw new BadSample("label " + refused + " is refused");
            }
            out.copyFrom(in);
        }
    }

    /// Images and labels; the first is looked at inside the graph, label 5 is refused.
    private static Pipeline pipeline(Options options) {
        var graph = Graph.named("pictures");
        var given = graph.read(images(8));
        var copy = given.get("value").then(new Copy(1)).named("copy").peek();
        graph.output("image", copy.then(new Copy(2)));
        graph.output("label", given.get("label").then(new RefuseLabel(5)).named("refuse"));
        return graph.build(options);
    }

    private static Pipeline pipeline() {
        return pipeline(Options.batchSize(4).threads(1).prefetch(1));
    }

    private static JsonObject state(Pipeline pipeline) {
        try (var page = LivePage.of(pipeline).serve();
                var client = HttpClient.newHttpClient()) {
            var address = page.address().resolve("events");
            var answer =
                    client.send(
                            HttpRequest.newBuilder(address).build(), BodyHandlers.ofInputStream());
            try (var lines =
                    new BufferedReader(
                            new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                var line = lines.readLine();
                assertTrue(line.startsWith("data: "), line);
                return JsonParser.parseString(line.substring(6)).getAsJsonObject();
            }
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private static byte[] get(LivePage page, String path, int status) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(page.address().resolve(path)).build();
            var answer = client.send(request, BodyHandlers.ofByteArray());
            assertEquals(status, answer.statusCode());
            return answer.body();
        }
    }

    private static String text(LivePage page, String path, int status) throws Exception {
        return new String(get(page, path, status), StandardCharsets.UTF_8);
    }

    private static List<String> strings(JsonObject json, String name) {
        var all = new ArrayList<String>();
        json.getAsJsonArray(name).forEach(each -> all.add(each.getAsString()));
        return all;
    }

    @Test
    void servesTheDrawingOfThePlanWithWhatIsLiveBeside() throws Exception {
        try (var pipeline = pipeline();
                var page = LivePage.of(pipeline).serve()) {
            var html = text(page, "", 200);
            assertTrue(html.startsWith("<!DOCTYPE html>"));
            assertTrue(html.contains("<title>pictures · Headrace</title>"));
            assertTrue(html.contains("<section id=\"live\""));
            assertTrue(html.contains("data-node=\"refuse\""));
            assertTrue(html.contains("img-src data: 'self';"));
            assertTrue(html.contains("; connect-src 'self'\""));
            assertEquals("there is no secrets", text(page, "secrets", 404));
        }
    }

    @Test
    void aPageInAFileHasNothingLive() {
        try (var pipeline = pipeline()) {
            var html = Picture.of(pipeline.plan()).html();
            assertFalse(html.contains("EventSource"));
            assertFalse(html.contains("id=\"live\""));
            assertFalse(html.contains("connect-src"));
        }
    }

    @Test
    void tellsTheRunAndTheBatchThatIsHeld() {
        try (var pipeline = pipeline()) {
            var before = state(pipeline);
            assertFalse(before.has("iteration"));
            assertEquals(List.of(), strings(before, "values"));
            pipeline.next();
            var state = state(pipeline);
            assertEquals(0, state.get("iteration").getAsLong());
            assertEquals(0, state.get("epoch").getAsLong());
            assertEquals(List.of("image", "copy"), strings(state, "values"));
            assertFalse(state.get("closed").getAsBoolean());
            var run = state.getAsJsonObject("statistics").getAsJsonObject("run");
            assertEquals(4, run.get("samples").getAsLong());
            assertEquals(1, run.get("batches").getAsLong());
            assertTrue(run.get("sentence").getAsString().startsWith("too early to say"));
            var nodes = state.getAsJsonObject("statistics").getAsJsonObject("nodes");
            assertEquals(4, nodes.getAsJsonObject("refuse").get("samples").getAsLong());
            assertEquals("worker", nodes.getAsJsonObject("refuse").get("thread").getAsString());
            assertTrue(nodes.getAsJsonObject("refuse").has("medianSampleSeconds"));
            assertFalse(nodes.getAsJsonObject("refuse").has("medianBatchSeconds"));
        }
    }

    @Test
    void tellsErrorsSoFar() {
        try (var pipeline = pipeline()) {
            pipeline.next();
            assertEquals(List.of(), strings(state(pipeline), "errors"));
            assertThrows(BadSample.class, pipeline::next);
            var state = state(pipeline);
            assertEquals(1, state.get("errorCount").getAsLong());
            var error = strings(state, "errors").getFirst();
            assertTrue(error.startsWith("label 5 is refused\n  at refuse (RefuseLabel)"), error);
            assertTrue(error.endsWith("iteration 1, sample 5 [file5]"), error);
            assertFalse(state.has("iteration"), "no batch is held");
        }
    }

    @Test
    void tellsBadSamplesThatWereLeftOut() {
        var options = Options.batchSize(8).badSamples(BadSamples.skip(3));
        try (var pipeline = pipeline(options)) {
            pipeline.next();
            var state = state(pipeline);
            assertTrue(state.get("errorCount").getAsLong() >= 1);
            assertTrue(strings(state, "errors").getFirst().startsWith("label 5 is refused\n"));
        }
    }

    @Test
    void drawsTheImagesOfTheBatchThatIsHeld() throws Exception {
        try (var pipeline = pipeline();
                var page = LivePage.of(pipeline).serve()) {
            assertEquals("", text(page, "sheet?value=image", 204));
            pipeline.next();
            var grey = new BufferedImage(6, 4, BufferedImage.TYPE_INT_RGB);
            var expected =
                    ContactSheet.draw(
                            List.of(grey, grey, grey, grey), List.of("0", "1", "2", "3"), 64);
            for (var value : List.of("image", "copy")) {
                var sheet =
                        ImageIO.read(
                                new ByteArrayInputStream(get(page, "sheet?value=" + value, 200)));
                assertEquals(expected.getWidth(), sheet.getWidth());
                assertEquals(expected.getHeight(), sheet.getHeight());
                // JPEG is exact to a few levels in the middle of a tile, at 12 pixels of margin
                assertEquals(60, sheet.getRGB(tileX(sheet, 1), tileY(sheet, 1)) & 0xFF, 3);
                assertEquals(0, sheet.getRGB(tileX(sheet, 0), tileY(sheet, 0)) & 0xFF, 3);
            }
            assertEquals("no images of label", text(page, "sheet?value=label", 404));
            assertEquals("no images of ", text(page, "sheet", 404));
        }
    }

    @Test
    void needsNoFolderOfTemporaryFilesToDrawImages(@TempDir Path folder) throws Exception {
        var cache = Files.createDirectory(folder.resolve("cache"));
        ImageIO.setCacheDirectory(cache.toFile());
        Files.delete(cache);
        try (var pipeline = pipeline();
                var page = LivePage.of(pipeline).serve()) {
            var batch = pipeline.next();
            get(page, "sheet?value=image", 200);
            var html = Picture.of(pipeline.plan()).with(batch).html();
            assertTrue(html.contains("data:image/png;base64,"));
        } finally {
            ImageIO.setCacheDirectory(null);
        }
    }

    private static int tileX(BufferedImage sheet, int column) {
        return 12 + column * (sheet.getWidth() - 12) / 2 + 30;
    }

    private static int tileY(BufferedImage sheet, int row) {
        return 12 + row * (sheet.getHeight() - 12) / 2 + 20;
    }

    @Test
    void keepsNothingOfThePipeline() throws Exception {
        var pipeline = pipeline();
        try (var page = LivePage.of(pipeline).serve()) {
            pipeline.next();
            get(page, "sheet?value=image", 200);
            state(pipeline);
            pipeline.close();
            assertEquals(ImmutableMap.of(), pipeline.report().holders());
            var state = state(pipeline);
            assertTrue(state.get("closed").getAsBoolean());
            assertEquals(
                    4,
                    state.getAsJsonObject("statistics")
                            .getAsJsonObject("run")
                            .get("samples")
                            .getAsLong());
        }
    }

    @Test
    void onceItIsClosedNobodyReadsThePipeline() throws Exception {
        try (var pipeline = pipeline();
                var client = HttpClient.newHttpClient()) {
            var page = LivePage.of(pipeline).serve();
            var request = HttpRequest.newBuilder(page.address().resolve("events")).build();
            var events =
                    new BufferedReader(
                            new InputStreamReader(
                                    client.send(request, BodyHandlers.ofInputStream()).body(),
                                    StandardCharsets.UTF_8));
            events.readLine(); // so the clock runs
            assertTrue(isRunning("headrace live clock"));
            page.close();
            assertFalse(isRunning("headrace live clock"));
        }
    }

    private static boolean isRunning(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(name));
    }

    @Test
    void isServedOnce() {
        try (var pipeline = pipeline()) {
            var page = LivePage.of(pipeline);
            assertEquals(
                    "this page is not served; call serve()",
                    assertThrows(IllegalStateException.class, page::address).getMessage());
            var address = page.serve().address();
            assertEquals(
                    "this page is served at " + address,
                    assertThrows(IllegalStateException.class, page::serve).getMessage());
            page.close();
            page.close();
        }
    }
}
