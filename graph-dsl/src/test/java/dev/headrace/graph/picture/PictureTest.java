package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import dev.headrace.graph.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureTest {
    private static final Options OPTIONS = Options.batchSize(4).threads(2).seed(7).prefetch(3);

    /// A graph with each kind of node and fate.
    private static Graph graph() {
        var graph = Graph.named("train");
        var photos = graph.read(new Fakes.Photos("photos"));
        var coin = graph.add(new Fakes.Coin(0.5)).named("coin").seed(5);
        var image = photos.get("encoded").then(new Fakes.Decode()).then(new Fakes.Crop(8, 9));
        var one = image.then(new Fakes.Blur(2));
        var same = image.then(new Fakes.Blur(2));
        image.then(new Fakes.Blur(3)).named("unused");
        var whole = one.then(new Fakes.Whiten()).then(new Fakes.Brighten(coin));
        graph.output("image", whole);
        graph.output("same", same);
        graph.output("label", photos.get("label"));
        graph.output("weight", Argument.of(1.5));
        return graph;
    }

    private static Drawing planned() {
        return Planned.of(graph().plan(OPTIONS));
    }

    private static Drawing.Box box(Drawing drawing, String name) {
        return drawing.boxes().stream()
                .filter(box -> box.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String label(Drawing drawing, String from, String to) {
        return drawing.arrows().stream()
                .filter(arrow -> arrow.from().equals(box(drawing, from).id()))
                .filter(arrow -> arrow.to().equals(box(drawing, to).id()))
                .map(
                        arrow ->
                                arrow.reason()
                                        + " "
                                        + arrow.label()
                                        + (arrow.faded() ? " faded" : ""))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatDoesNotRunByItselfIsFadedWithTheReason() {
        var drawing = planned();
        assertEquals("nobody needs it", box(drawing, "unused").reason().orElseThrow());
        assertEquals("the same as blur", box(drawing, "blur2").reason().orElseThrow());
        assertTrue(box(drawing, "blur").reason().isEmpty());
        var parts = box(drawing, "decode+crop").parts();
        assertEquals("decode", parts.getFirst().box().name());
        assertEquals("fused into decode+crop", parts.getFirst().box().reason().orElseThrow());
        assertEquals("crop", parts.getLast().box().name());
        assertEquals(2, parts.size());
        var svg = Picture.of(graph().plan(OPTIONS)).svg();
        assertTrue(svg.contains("class=\"box sample faded\" id=\"" + box(drawing, "unused").id()));
        assertTrue(svg.contains(">nobody needs it</text>"));
    }

    @Test
    void arrowsTellWhatTheyCarryAndArgumentsWhatTheyFill() {
        var drawing = planned();
        assertEquals("DATA encoded: UINT8 ?", label(drawing, "photos", "decode+crop"));
        assertEquals("DATA UINT8 HWC 8×9×3", label(drawing, "decode+crop", "blur"));
        assertEquals("DATA UINT8 HWC 8×9×3 faded", label(drawing, "decode+crop", "unused"));
        assertEquals("ARGUMENT by", label(drawing, "coin", "brighten"));
        assertEquals("DATA label: INT64 scalar", label(drawing, "photos", "label"));
        assertEquals("DATA FLOAT64 scalar", label(drawing, "1.5", "weight"));
        assertEquals("DELIVERY ", label(drawing, "image", "prefetch 3"));
    }

    @Test
    void boxesTellWhatIsKnownOfTheirNodes() {
        var drawing = planned();
        var photos = box(drawing, "photos");
        assertEquals(Drawing.Role.SOURCE, photos.role());
        assertEquals(ImmutableMap.of("folder", "photos"), photos.arguments());
        assertEquals("host", photos.facts().get("device"));
        assertTrue(photos.facts().get("added at").startsWith("PictureTest.java:"));
        assertEquals("INT64 scalar, in the batch", photos.facts().get("gives label"));
        var coin = box(drawing, "coin");
        assertEquals("5, its own", coin.facts().get("seed"));
        assertTrue(coin.facts().get("key of random numbers").startsWith("0x"));
        assertEquals(ImmutableMap.of(), box(drawing, "brighten").arguments());
        assertEquals(
                "the whole batch, on a worker", box(drawing, "whiten").facts().get("works on"));
        assertEquals("up to 2 begun ahead", box(drawing, "prefetch 3").kind());
        assertEquals("4", box(drawing, "prefetch 3").facts().get("batch size"));
    }

    @Test
    void copiesBetweenDevicesAreDrawnWithTheirStreamsAndWaits() {
        var graph = Graph.named("train");
        var photos = graph.read(new Fakes.Photos("photos"));
        var there = photos.get("label").gpu(1);
        graph.output("there", there);
        graph.output("size", there.cpu().then(new Fakes.Blur(2)));
        graph.output("other", graph.add(new Fakes.Whiten(), there).on(Device.HOST));
        var drawing = Planned.of(graph.plan(OPTIONS));
        assertEquals(
                ImmutableList.of(
                        "step 0: sample by sample",
                        "step 1: gpu(1), stream 0",
                        "step 2: gpu(1), stream 1, awaits step 1",
                        "step 3: sample by sample, awaits step 2",
                        "step 4: whole batch, awaits step 2"),
                drawing.frames().stream()
                        .map(frame -> frame.title() + ": " + frame.about())
                        .collect(ImmutableList.toImmutableList()));
        assertEquals(
                "INT64 scalar, in the batch, pinned",
                box(drawing, "photos").facts().get("gives label"));
        assertEquals("gpu(1)", box(drawing, "transfer").facts().get("device"));
        assertEquals("DATA INT64 scalar", label(drawing, "transfer", "transfer2"));
    }

    @Test
    void aCopyThatThePlannerPutInIsDrawnToo() {
        var graph = Graph.named("train");
        var photos = graph.read(new Fakes.Photos("photos"));
        graph.output("there", photos.get("label").gpu(1).gpu(0));
        graph.output("size", photos.get("label").gpu(1).then(new Fakes.Blur(2)).on(Device.HOST));
        var drawing = Planned.of(graph.plan(OPTIONS));
        assertEquals("DATA INT64 scalar", label(drawing, "transfer", "transfer on host"));
        assertEquals("DATA INT64 scalar", label(drawing, "transfer on host", "blur"));
    }

    @Test
    void boxesTellWhatTheyReadAndWhichNodeGivesAnArgument() {
        for (var drawing : ImmutableList.of(planned(), Asked.of(graph().spec()))) {
            assertEquals(
                    ImmutableList.of(
                            new Drawing.Input("", "whiten"), new Drawing.Input("by", "coin")),
                    box(drawing, "brighten").inputs());
            assertEquals(
                    ImmutableList.of(new Drawing.Input("", "photos.label: INT64 scalar")),
                    box(drawing, "label").inputs());
            assertEquals(ImmutableList.of(), box(drawing, "coin").inputs());
        }
        var fused = box(planned(), "decode+crop");
        assertEquals(
                ImmutableList.of(new Drawing.Input("", "photos.encoded: UINT8 ?")), fused.inputs());
        assertEquals(
                ImmutableList.of(new Drawing.Input("", "decode: UINT8 HWC ?×?×3")),
                fused.parts().getLast().box().inputs());
    }

    @Test
    void nodesThatSayPeekHaveAMark() {
        var graph = Graph.named("peek");
        var photos = graph.read(new Fakes.Photos("photos"));
        var decode = photos.get("encoded").then(new Fakes.Decode());
        graph.output("image", decode.then(new Fakes.Crop(8, 9)).named("crop").peek());
        var plan = graph.plan(OPTIONS);
        var svg = Picture.of(plan).svg();
        assertEquals(2, svg.split("<g class=\"eye\"", -1).length, "one mark, at the part");
        assertTrue(svg.contains("crop, Crop, sample, looked at by peek(), does not run by itself"));
        var crop = box(Asked.of(plan.graph()), "crop");
        assertEquals(
                "its values are kept with each batch, to be looked at", crop.facts().get("peek"));
        assertFalse(box(Asked.of(plan.graph()), "photos").peeked());
    }

    @Test
    void stepsAreFramesAndBatchesAreBarriers() {
        var drawing = planned();
        var barriers = drawing.frames().stream().filter(Drawing.Frame::barrier).toList();
        assertEquals(1, barriers.size());
        assertEquals(ImmutableList.of(box(drawing, "whiten").id()), barriers.getFirst().boxes());
        assertEquals("whole batch", barriers.getFirst().about());
        var framed = drawing.frames().stream().mapToInt(frame -> frame.boxes().size()).sum();
        assertEquals(6, framed); // photos, decode+crop, blur, coin, whiten, brighten
    }

    @Test
    void aStepThatWaitsAndReadsNothingHasAnArrowForThatAlone() {
        var graph = Graph.named("waits");
        var a = graph.add(new Fakes.Coin(0.5)).then(new Fakes.Tally());
        var b = graph.add(new Fakes.Coin(0.25)).then(new Fakes.Tally());
        graph.output("a", a);
        graph.output("b", b);
        var drawing = Planned.of(graph.plan(OPTIONS));
        // step 3, tally2, has state and so comes after all: it reads step 2, and 1 has waited for 0
        assertEquals(
                ImmutableList.of("step 1 -> step 3"),
                drawing.waits().stream()
                        .map(
                                wait ->
                                        title(drawing, wait.from())
                                                + " -> "
                                                + title(drawing, wait.to()))
                        .sorted()
                        .collect(ImmutableList.toImmutableList()));
    }

    @Test
    void whatAChainOfStepsShowsIsNotShownAgain() {
        var graph = Graph.named("chain");
        var tally = graph.add(new Fakes.Coin(0.5)).then(new Fakes.Tally());
        graph.output("blur", tally.then(new Fakes.Blur(1)));
        graph.output("other", graph.add(new Fakes.Coin(0.25)).then(new Fakes.Tally()));
        var plan = graph.plan(OPTIONS);
        var drawing = Planned.of(plan);
        // tally2 comes after tally and blur; that blur comes after tally is drawn as an arrow
        assertEquals(3, plan.steps().getLast().after().length());
        assertEquals(1, drawing.waits().size());
        var blur = box(drawing, "blur").id();
        var waitedFor =
                drawing.frames().stream().filter(frame -> frame.boxes().contains(blur)).findFirst();
        assertEquals(waitedFor.orElseThrow().id(), drawing.waits().getFirst().from());
    }

    private static String title(Drawing drawing, String frame) {
        return drawing.frames().stream()
                .filter(each -> each.id().equals(frame))
                .findFirst()
                .orElseThrow()
                .title();
    }

    @Test
    void outputsThatAreNotWantedAreFaded() {
        var drawing = Planned.of(graph().plan(OPTIONS.outputs("label")));
        assertEquals(
                "not among the outputs that are wanted",
                box(drawing, "image").reason().orElseThrow());
        assertEquals("nobody needs it", box(drawing, "decode").reason().orElseThrow());
        assertTrue(box(drawing, "label").reason().isEmpty());
    }

    @Test
    void aGraphThatIsWrongIsDrawnAsItIs() {
        var graph =
                new GraphSpec(
                        "wrong",
                        ImmutableList.of(
                                NodeSpec.of("a", new Fakes.Blur(1), new Wire.Output("b", 0)),
                                NodeSpec.of("b", new Fakes.Blur(1), new Wire.Output("a", 0)),
                                NodeSpec.of("a", new Fakes.Blur(1), new Wire.Output("c", 3))),
                        ImmutableMap.of("out", new Wire.Output("a", 7)));
        var drawing = Asked.of(graph);
        assertEquals("there is no node of this name", box(drawing, "c").reason().orElseThrow());
        assertEquals(4, drawing.arrows().size());
        assertTrue(Picture.of(graph).html().contains("As asked"));
    }

    @Test
    void whatIsWrongIsMarkedAtItsNodes() {
        var graph =
                new GraphSpec(
                        "wrong",
                        ImmutableList.of(
                                NodeSpec.of("a", new Fakes.Photos("p")),
                                NodeSpec.of("b", new Fakes.Coin(1), new Wire.Output("a", 0))),
                        ImmutableMap.of("out", new Wire.Output("b", 0)));
        var refusal = assertThrows(BadGraph.class, () -> Plan.of(graph, OPTIONS));
        var picture = Picture.of(graph).with(refusal);
        var drawing = picture.asked();
        assertEquals(
                ImmutableList.of("Coin takes no inputs, got 1\n  at b (Coin)"),
                box(drawing, "b").problems());
        assertEquals(ImmutableList.of(), box(drawing, "a").problems());
        var svg = picture.svg();
        assertEquals(2, svg.split("<g class=\"mistake\"", -1).length);
        assertTrue(svg.contains("class=\"box sample wrong\" id=\"" + box(drawing, "b").id()));
        assertFalse(Picture.of(graph).svg().contains("<g class=\"mistake\""));
    }

    @Test
    void writesTheFormatThatTheEndingSays(@TempDir Path folder) throws IOException {
        var picture = Picture.of(graph().plan(OPTIONS));
        assertEquals(picture.html(), written(picture, folder.resolve("a.html")));
        assertEquals(picture.svg(), written(picture, folder.resolve("a.SVG")));
        assertEquals(picture.dot(), written(picture, folder.resolve("a.dot")));
        assertEquals(picture.mermaid(), written(picture, folder.resolve("a.mmd")));
        var json = written(picture, folder.resolve("a.json"));
        assertEquals(graph().spec().outputs(), GraphJson.read(json).outputs());
    }

    private static String written(Picture picture, Path file) throws IOException {
        picture.write(file);
        return Files.readString(file);
    }

    @Test
    void saysWhatItKnowsWhereAnEndingIsUnknownAndWhichFolderIsMissing(@TempDir Path folder) {
        var picture = Picture.of(graph().spec());
        for (var name : new String[] {"graph.png", "graph", "html"}) {
            var refusal =
                    assertThrows(
                            IllegalArgumentException.class, () -> picture.write(Path.of(name)));
            assertEquals(
                    "cannot draw to "
                            + name
                            + ": its ending says the format, one of .html, .svg, .dot, .mmd, .json",
                    refusal.getMessage());
        }
        var missing = folder.resolve("none/graph.svg");
        var refusal = assertThrows(IllegalArgumentException.class, () -> picture.write(missing));
        assertEquals(
                "there is no folder %s for %s to be written to"
                        .formatted(missing.getParent(), missing),
                refusal.getMessage());
    }

    @Test
    void thePageMayLoadNothing() {
        var html = Picture.of(graph().plan(OPTIONS)).html();
        assertTrue(
                html.contains(
                        "content=\"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'sha256-"));
        assertFalse(html.contains("unsafe"));
        assertFalse(html.matches("(?s).*(src|href)=\"(?!data:).*"));
    }

    @Test
    void operatorsSayInThePageWhatTheyDo() {
        var html = Picture.of(graph().spec()).html();
        assertTrue(html.contains("<p>Photographs of a folder, in <code>RGB</code>.</p>"));
    }

    @Test
    void aPlanKeepsEachFateInThePicture() {
        Plan plan = graph().plan(OPTIONS);
        var drawing = Planned.of(plan);
        plan.fates()
                .forEach(
                        (name, fate) -> {
                            var told =
                                    drawing.boxes().stream()
                                            .filter(box -> box.name().equals(name))
                                            .map(box -> box.reason().orElse("runs"))
                                            .findFirst()
                                            .or(
                                                    () ->
                                                            drawing.boxes().stream()
                                                                    .flatMap(
                                                                            box ->
                                                                                    box
                                                                                            .parts()
                                                                                            .stream())
                                                                    .map(Drawing.Part::box)
                                                                    .filter(
                                                                            box ->
                                                                                    box.name()
                                                                                            .equals(
                                                                                                    name))
                                                                    .map(
                                                                            box ->
                                                                                    box.reason()
                                                                                            .orElseThrow())
                                                                    .findFirst());
                            assertEquals(fate.reason(), told.orElseThrow());
                        });
    }
}
