package dev.headrace.graph.picture;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.SelectOption;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Samples.Copy;
import dev.headrace.graph.Samples.Given;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The live page in a real browser, beside a loop that trains on nothing.
class LiveBrowserTest extends InChromium {
    private static final int BATCH = 4;
    private static final TensorSpec IMAGE = TensorSpec.of(ElementType.UINT8, "HWC", 40, 60, 3);

    /// Refuses the samples whose first value is 200.
    private record Refuse() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            if (in.uint8(0) == 200) {
                throw new BadSample("an image of 200 is refused");
            }
            out.copyFrom(in);
        }
    }

    private static Pipeline pipeline() {
        var graph = Graph.named("live");
        var images =
                IntStream.range(0, 16)
                        .mapToObj(i -> TensorValue.filled(IMAGE, 20 * i % 256))
                        .collect(ImmutableList.toImmutableList());
        var given = graph.read(new Given(images));
        var refuse = given.get("value").then(new Refuse()).named("refuse").peek();
        graph.output("image", refuse.then(new Copy(1)));
        return graph.build(Options.batchSize(BATCH).threads(1));
    }

    @Test
    void followsTheRun() {
        var pipeline = pipeline();
        try (var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.LIGHT);
            assertThat(page.locator("#state")).hasText("live");
            assertThat(page.locator("#at")).hasText("no batch is held now");
            pipeline.next();
            assertThat(page.locator("#at")).hasText("batch 1 of the run, in epoch 1");
            assertThat(page.locator("#run")).containsText("too early to say");
            pipeline.next();
            assertThat(page.locator("#at")).hasText("batch 2 of the run, in epoch 1");
            assertThat(page.locator("#sheet")).hasAttribute("alt", "images of image in batch 2 of the run");
            assertTrue((Boolean) page.evaluate("document.getElementById('sheet').naturalWidth > 0"));
            page.locator("#value").selectOption("refuse");
            assertThat(page.locator("#sheet")).hasAttribute("alt", "images of refuse in batch 2 of the run");
            shoot("live");
            pipeline.close();
            assertThat(page.locator("#state")).hasText("the pipeline is closed");
        }
    }

    @Test
    void tellsErrors() {
        try (var pipeline = pipeline();
                var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.DARK);
            assertThat(page.locator("#state")).hasText("live");
            assertThat(page.locator("#errors")).isHidden();
            pipeline.next();
            pipeline.next();
            assertThrows(BadSample.class, pipeline::next);
            assertThat(page.locator("#error-count")).hasText("1 error");
            page.locator("#error-count").click();
            assertThat(page.locator("#error-list")).containsText("an image of 200 is refused");
            assertThat(page.locator("#error-list")).containsText("sample 10 [file10]");
            shoot("live-error-dark");
        }
    }

    @Test
    void theDrawingCanBeSearchedAndOpenedAsInAFile() {
        try (var pipeline = pipeline();
                var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.LIGHT);
            pipeline.next();
            assertThat(page.locator("#at")).hasText("batch 1 of the run, in epoch 1");
            page.locator("#r-drawing [data-node='refuse']").click();
            assertThat(page.locator("#about h2")).hasText("refuse");
            assertThat(page.locator("#about .statistics")).containsText("worker");
            assertEquals(1, page.locator("#live").count());
        }
    }

    @Test
    void whatIsReadOrChosenInThePanelStaysWhereNumbersComeAnew() {
        try (var pipeline = pipeline();
                var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.LIGHT);
            page.locator("#r-drawing [data-node='refuse']").click();
            assertThat(page.locator("#about .statistics")).containsText("worker");
            page.evaluate("getSelection().selectAllChildren(document.querySelector('#about h2'))");
            pipeline.next();
            assertThat(page.locator("#at")).hasText("batch 1 of the run, in epoch 1");
            assertEquals("refuse", page.evaluate("getSelection().toString()"));
        }
    }

    @Test
    void whatHasNotChangedIsNotSaidAgain() {
        try (var pipeline = pipeline();
                var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.LIGHT);
            assertThat(page.locator("#state")).hasText("live");
            page.evaluate(
                    """
                    said = 0;
                    new MutationObserver(() => said++)
                      .observe(document.getElementById("state"), { childList: true });
                    """);
            for (int i = 0; i < 2; i++) {
                pipeline.next();
                assertThat(page.locator("#at")).hasText("batch " + (i + 1) + " of the run, in epoch 1");
            }
            assertEquals(0, page.evaluate("said"));
        }
    }

    @Test
    void aPageTooManySaysSo() throws Exception {
        var client = HttpClient.newHttpClient();
        try (var pipeline = pipeline();
                var live = LivePage.of(pipeline).serve()) {
            var events = HttpRequest.newBuilder(live.address().resolve("events")).build();
            for (int i = 0; i < LiveServer.MOST_LISTENERS; i++) {
                assertEquals(200, client.send(events, BodyHandlers.ofInputStream()).statusCode());
            }
            open(live.address().toString(), ColorScheme.LIGHT);
            assertThat(page.locator("#state"))
                    .hasText("refused: too many pages show this run; close one, then reload");
            assertTrue(complaints.removeFirst().contains("503"));
        } finally {
            client.shutdownNow(); // it waits for answers that nobody reads
        }
    }

    @Test
    void anyNameOfAValueCanBeChosen() {
        var graph = Graph.named("names");
        var image = TensorValue.filled(IMAGE, 7);
        var given = graph.read(new Given(ImmutableList.of(image)));
        graph.output("image", given.get("value"));
        graph.output(" two  words", given.get("value").then(new Copy(1)));
        try (var pipeline = graph.build(Options.batchSize(1).threads(1));
                var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.LIGHT);
            pipeline.next();
            page.locator("#value").selectOption(new SelectOption().setIndex(1));
            assertThat(page.locator("#sheet"))
                    .hasAttribute("alt", "images of  two  words in batch 1 of the run");
        }
    }

    @Test
    void aKeyInTheListOfValuesIsNoShortcut() {
        try (var pipeline = pipeline();
                var live = LivePage.of(pipeline).serve()) {
            open(live.address().toString(), ColorScheme.LIGHT);
            pipeline.next();
            assertThat(page.locator("#value")).isVisible();
            page.locator("#value").focus();
            page.keyboard().press("r");
            assertThat(page.locator("#sheet")).hasAttribute("alt", "images of refuse in batch 1 of the run");
            page.keyboard().press("b");
            assertThat(page.locator("[data-show='r-']")).hasAttribute("aria-pressed", "true");
        }
    }
}
