package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The page of a picture in a real browser.
class BrowserTest extends InChromium {
    private static Graph graph() {
        var graph = Graph.named("train");
        var photos = graph.read(new Fakes.Photos("photos"));
        var coin = graph.add(new Fakes.Coin(0.5)).named("coin");
        var image = photos.get("encoded").then(new Fakes.Decode()).then(new Fakes.Crop(8, 9));
        var one = image.then(new Fakes.Blur(2));
        image.then(new Fakes.Blur(3)).named("unused");
        graph.output("image", one.then(new Fakes.Whiten()).then(new Fakes.Brighten(coin)));
        graph.output("label", photos.get("label"));
        return graph;
    }

    private void open(Picture picture, ColorScheme scheme) throws IOException {
        var file = Files.createTempFile("graph", ".html");
        file.toFile().deleteOnExit();
        picture.write(file);
        open(file.toUri().toString().replace("file:/", "file:///").replace("////", "//"), scheme);
    }

    private void open() throws IOException {
        open(Picture.of(graph().plan(Options.batchSize(4).prefetch(3))), ColorScheme.LIGHT);
    }

    private String panel() {
        return page.locator("#panel").isVisible() ? page.locator("#about h2").innerText() : "";
    }

    private String focused() {
        return (String) page.evaluate("document.activeElement.dataset.node ?? document.activeElement.id");
    }

    @Test
    void switchesBetweenWhatWasAskedAndWhatRuns() throws IOException {
        open();
        assertTrue(page.locator("#r-drawing").isVisible());
        assertFalse(page.locator("#a-drawing").isVisible());
        page.locator("[data-show='a-']").click();
        assertTrue(page.locator("#a-drawing").isVisible());
        assertFalse(page.locator("#r-drawing").isVisible());
        assertEquals("true", page.locator("[data-show='a-']").getAttribute("aria-pressed"));
        page.keyboard().press("b");
        assertTrue(page.locator("#r-drawing").isVisible());
    }

    @Test
    void aClickTellsAboutTheNode() throws IOException {
        open();
        page.locator("#r-drawing [data-node='photos']").click();
        assertEquals("photos", panel());
        var told = page.locator("#about").innerText();
        assertTrue(told.contains("Photographs of a folder, in RGB."), told);
        assertTrue(told.contains("BrowserTest.java:"), told);
        assertTrue(told.contains("where they lie, and <b> is no tag"), told);
        page.locator("#r-drawing [data-node='unused']").click();
        assertTrue(page.locator("#about .reason").innerText().contains("nobody needs it"));
        page.locator("#r-drawing .part[data-node='crop']").click();
        assertTrue(page.locator("#about .reason").innerText().contains("fused into decode+crop"));
        shoot("panel");
        page.keyboard().press("Escape");
        assertEquals("", panel());
    }

    @Test
    void searchFindsMarksAndGoesThrough() throws IOException {
        open();
        page.keyboard().press("/");
        page.keyboard().type("blur");
        assertEquals("2 found", page.locator("#found").innerText());
        assertEquals(2, page.locator("#r-drawing .found").count());
        page.keyboard().press("Enter");
        assertEquals("1 of 2", page.locator("#found").innerText());
        var first = panel();
        page.keyboard().press("Enter");
        assertEquals("2 of 2", page.locator("#found").innerText());
        assertNotEquals(first, panel());
        page.keyboard().press("Shift+Enter");
        assertEquals(first, panel());
        page.keyboard().press("Escape");
        assertEquals(0, page.locator("#r-drawing .found").count());
        page.locator("#search").fill("no such node");
        assertEquals("0 found", page.locator("#found").innerText());
        assertTrue(page.locator("#next").isDisabled());
    }

    @Test
    void searchTakesWhatIsDrawnAsItCanBeTyped() throws IOException {
        open();
        assertFound("8x9x3", "decode+crop", "crop");
        assertFound("8×9×3", "decode+crop", "crop");
        assertFound("radius=2", "blur");
        assertFound("radius 2", "blur");
        assertFound("by", "brighten");
    }

    /// What is found, at least; what is faded may be found too.
    private void assertFound(String words, String... names) {
        page.locator("#search").fill(words);
        var found =
                page.locator("#r-drawing .found").all().stream()
                        .map(each -> each.getAttribute("data-node"))
                        .toList();
        for (var name : names) {
            assertTrue(found.contains(name), words + " finds " + found);
        }
    }

    @Test
    void thePanelListsWhatANodeReads() throws IOException {
        open();
        page.locator("#r-drawing [data-node='brighten']").click();
        assertEquals("by\nfrom coin", page.locator("#about .arguments").innerText().strip());
        var told = page.locator("#about").innerText();
        assertTrue(told.toLowerCase().contains("inputs\nfrom\nwhiten"), told);
        page.locator("#r-drawing [data-node='decode+crop']").first().click();
        told = page.locator("#about").innerText();
        assertTrue(told.contains("photos.encoded: UINT8 ?"), told);
    }

    @Test
    void aRefusedGraphSaysWhatIsWrongAndWhyItDoesNotRun() throws IOException {
        var where = Where.node("blur", "Blur", Optional.empty());
        open(Picture.of(graph().spec()).with(new BadGraph("it is odd", where)), ColorScheme.LIGHT);
        assertTrue(page.locator("#problems").innerText().contains("it is odd\n  at blur (Blur)"));
        assertEquals(1, page.locator("#a-drawing .wrong").count());
        page.locator("#a-drawing .wrong").click();
        assertEquals("blur", panel());
        assertEquals("it is odd\n  at blur (Blur)", page.locator("#about .problem").innerText());
        assertEquals(
                "it does not run: the planner refuses it",
                page.locator("[data-show='r-']").getAttribute("title"));
        shoot("wrong");
        page.context().close();
        open(Picture.of(graph().spec()), ColorScheme.LIGHT);
        assertFalse(page.locator("#problems").isVisible());
        assertEquals(
                "no plan was drawn, so what runs is not known",
                page.locator("[data-show='r-']").getAttribute("title"));
        assertEquals("", page.locator("[data-show='a-']").getAttribute("title"));
    }

    @Test
    void keysGoAlongTheGraph() throws IOException {
        open();
        page.locator("#help").focus();
        page.keyboard().press("Tab");
        assertEquals("photos", focused()); // the first that runs
        page.keyboard().press("ArrowDown");
        assertEquals("decode+crop", focused());
        page.keyboard().press("ArrowUp");
        assertEquals("photos", focused());
        page.keyboard().press("Enter");
        assertEquals("photos", panel());
        page.keyboard().press("ArrowDown");
        assertEquals("decode+crop", panel());
        page.keyboard().press("Escape");
        assertEquals("", panel());
        assertEquals("decode+crop", focused());
        page.keyboard().press("?");
        assertTrue(page.locator("#keys").isVisible());
        page.keyboard().press("Escape");
        assertFalse(page.locator("#keys").isVisible());
        shoot("focus");
    }

    @Test
    void isLightOrDarkAsTheSystemOrAsAskedFor() throws IOException {
        open();
        var light = background();
        shoot("light");
        page.keyboard().press("t");
        var dark = background();
        shoot("dark");
        assertNotEquals(light, dark);
        page.context().close();
        open(Picture.of(graph().spec()), ColorScheme.DARK);
        assertEquals(dark, background());
        page.locator("#theme").click();
        assertEquals(light, background());
    }

    private String background() {
        return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
    }

    @Test
    void wheelDragAndButtonsMoveTheDrawing() throws IOException {
        open();
        var before = zoom();
        page.locator("#larger").click();
        assertTrue(zoom() > before);
        page.mouse().move(700, 500);
        int large = zoom();
        page.mouse().wheel(0, 400);
        page.waitForFunction(
                "large => parseInt(document.getElementById('zoom').textContent) < large", large);
        var place = camera();
        page.mouse().move(100, 600);
        page.mouse().down();
        page.mouse().move(180, 640);
        page.mouse().up();
        assertNotEquals(place, camera());
        assertEquals("", panel()); // a drag is no click
        page.keyboard().press("0");
        assertEquals(before, zoom());
    }

    private int zoom() {
        return Integer.parseInt(page.locator("#zoom").innerText().replaceAll("\\D", ""));
    }

    private String camera() {
        return page.locator("#r-drawing .camera").getAttribute("transform");
    }

    @Test
    void statisticsAreShownInPlaceWheneverTheyCome() throws IOException {
        open();
        assertFalse(page.locator("#run").isVisible());
        page.locator("#r-drawing [data-node='blur']").click();
        page.evaluate(
                """
                headrace.show({
                  run: { samplesPerSecond: 1234, stoodStillShare: 0.5, batches: 7, samples: 28, seconds: 2 },
                  nodes: { blur: { share: 0.25, seconds: 0.5, samples: 28, bytes: 2048 } },
                })""");
        assertTrue(page.locator("#run").innerText().replaceAll("\\s+", " ").contains("samples/s 1,234"));
        assertEquals("25 %", page.locator("#r-drawing [data-node='blur'] .share").textContent());
        assertTrue(page.locator("#about .statistics").innerText().contains("2 KiB"));
        shoot("statistics");
    }

    @Test
    void aLongerSentenceLeavesTheDrawingWhereItIs() throws IOException {
        open();
        var top = top("What holds it back is not known.");
        var sentence = "The source is slow and ".repeat(40);
        assertEquals(top, top(sentence));
        assertEquals(sentence, page.locator("#run .sentence").getAttribute("title"));
        assertEquals(
                "memory lent 2 MiB of 3 GiB",
                page.locator("#run div").first().innerText().replaceAll("\\s+", " "));
    }

    /// Where the drawing begins under such a sentence.
    private Object top(String sentence) {
        page.evaluate(
                "sentence => headrace.show({ run: { lentBytes: 2 * 2 ** 20, limitBytes: 3 * 2 ** 30, sentence }, nodes: {} })",
                sentence);
        return page.evaluate("document.getElementById('stage').getBoundingClientRect().top");
    }

    @Test
    void threeHundredNodesCanBeLookedAt() throws IOException {
        var plan = RandomGraphs.plan(3, 300, false);
        open(Picture.of(plan), ColorScheme.LIGHT);
        shoot("300-begin");
        page.locator("#fit").click();
        shoot("300-all");
        page.keyboard().press("/");
        page.keyboard().type("tally");
        page.keyboard().press("Enter");
        assertTrue(zoom() >= 90, "near enough to read");
        assertTrue(panel().startsWith("tally"));
        shoot("300-found");
    }

    @Test
    void anyNameIsShownAsText() throws IOException {
        for (long seed = 0; seed < 5; seed++) {
            var plan = RandomGraphs.plan(seed, 12, true);
            open(Picture.of(plan), ColorScheme.LIGHT);
            assertEquals(
                    Escapes.plain(plan.graph().name()).strip(),
                    page.locator("h1").textContent().strip());
            for (var box : page.locator("#r-drawing .box").all()) {
                box.focus();
                page.keyboard().press("Enter");
                assertFalse(panel().isEmpty());
            }
            shoot("names-" + seed);
            page.context().close();
        }
        page = null;
        assertEquals(List.of(), complaints);
    }
}
