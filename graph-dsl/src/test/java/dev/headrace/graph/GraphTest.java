package dev.headrace.graph;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Wire;
import dev.headrace.graph.TestOperators.CoinFlip;
import dev.headrace.graph.TestOperators.Copy;
import dev.headrace.graph.TestOperators.HTTPGet;
import dev.headrace.graph.TestOperators.Photos;
import dev.headrace.graph.TestOperators.Rotate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GraphTest {
    private final Graph graph = Graph.named("train");

    private static String refusal(Executable mistake) {
        return assertThrows(IllegalArgumentException.class, mistake).getMessage();
    }

    private static int line() {
        return StackWalker.getInstance()
                .walk(frames -> frames.skip(1).findFirst().orElseThrow().getLineNumber());
    }

    private static String originOf(Node node) {
        return node.graph().spec().nodes().stream()
                .filter(spec -> spec.name().equals(node.name()))
                .findFirst()
                .flatMap(NodeSpec::origin)
                .orElseThrow();
    }

    @Test
    void aNodeKeepsTheLineWhereItWasWritten() {
        int line = line();
        var read = graph.read(new Photos("photos")).get("encoded");
        var then = read.then(new Copy());
        var added = graph.add(Rotate.by(15), then);
        var label = read.get("label").then(new Copy());
        assertEquals("GraphTest.java:" + (line + 1), originOf(read));
        assertEquals("GraphTest.java:" + (line + 2), originOf(then));
        assertEquals("GraphTest.java:" + (line + 3), originOf(added));
        assertEquals("GraphTest.java:" + (line + 4), originOf(label));
    }

    @Test
    void aChainHasALineForEachStep() {
        int line = line();
        var last =
                graph.read(new Photos("a folder whose name is long enough for three lines"))
                        .get(0)
                        .then(new Copy())
                        .then(new Copy());
        assertEquals("GraphTest.java:" + (line + 5), originOf(last));
        assertEquals(
                List.of(line + 2, line + 4, line + 5),
                graph.spec().nodes().stream()
                        .map(node -> node.origin().orElseThrow().replaceAll("\\D+", ""))
                        .map(Integer::valueOf)
                        .toList());
    }

    private static int helperLine;

    private static Node twice(Node node) {
        helperLine = line() + 1;
        return node.then(new Copy()).then(new Copy());
    }

    @Test
    void aNodeThatAHelperAddsKeepsTheLineInTheHelper() {
        var node = twice(graph.read(new Photos("photos")).get("encoded"));
        assertEquals("GraphTest.java:" + helperLine, originOf(node));
    }

    @Test
    void aNodeAddedByLibraryCodeKeepsTheUsersLine() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        int line = line();
        var nodes = Stream.<Operator>of(new Copy(), Rotate.by(1)).map(photos::then).toList();
        assertEquals("GraphTest.java:" + (line + 1), originOf(nodes.get(1)));
    }

    @Test
    void nodesAreNamedByTheirKindAndNumbered() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        assertEquals("photos", photos.name());
        assertEquals("copy", photos.then(new Copy()).name());
        assertEquals("copy2", photos.then(new Copy()).name());
        assertEquals("coinFlip", graph.add(new CoinFlip(0.5)).name());
        assertEquals("hTTPGet", photos.then(new HTTPGet()).name());
        assertEquals("copy3", photos.then(new Copy()).name());
        SampleOperator lambda = (in, out, context) -> {};
        assertEquals("operator", photos.then(lambda).name());
    }

    @Test
    void automaticNamesAvoidThoseOfTheUser() {
        var photos = graph.read(new Photos("photos")).get("encoded").named("copy2");
        assertEquals("copy", photos.then(new Copy()).name());
        assertEquals("copy3", photos.then(new Copy()).name());
        var names = graph.spec().nodes().stream().map(NodeSpec::name).toList();
        assertEquals(List.of("copy2", "copy", "copy3"), names);
    }

    @Test
    void namesAreUnique() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        var copy = photos.then(new Copy()).named("left");
        var other = photos.then(new Copy());
        assertEquals("two nodes of graph train are named left", refusal(() -> other.named("left")));
        assertEquals(
                "two nodes of graph train are named photos", refusal(() -> copy.named("photos")));
        assertEquals("a node's name is empty", refusal(() -> copy.named(" ")));
        assertEquals("left", copy.name());
        assertEquals("left", copy.named("left").name());
    }

    @Test
    void aNodeMayBeNamedTwice() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        var copy = photos.then(new Copy());
        graph.output("image", copy);
        copy.named("left").named("right");
        photos.then(new Copy()).named("left");
        assertEquals(ImmutableMap.of("image", new Wire.Output("right", 0)), graph.spec().outputs());
        assertEquals("right", copy.get(0).name());
        assertTrue(graph.spec().nodes().get(1).named());
        assertFalse(graph.spec().nodes().get(0).named());
    }

    @Test
    void aSpecHoldsAllThatWasSaid() {
        var photos = graph.read(new Photos("photos")).get("encoded").preserve();
        var copy =
                graph.add(new Copy(), photos.get(1), Argument.of(7))
                        .named("copied")
                        .seed(-5)
                        .on(Device.gpu(1));
        graph.output("copy", copy);
        var spec = graph.spec();
        assertEquals("train", spec.name());
        assertEquals(
                new NodeSpec(
                        "copied",
                        true,
                        new Copy(),
                        ImmutableList.of(
                                new Wire.Output("photos", 1), new Wire.Fixed(TensorValue.of(7))),
                        2,
                        Optional.of(Device.gpu(1)),
                        false,
                        false,
                        OptionalLong.of(-5),
                        Optional.of(originOf(copy))),
                spec.nodes().get(1));
        assertTrue(spec.nodes().get(0).preserve());
        assertEquals(new Photos("photos"), spec.nodes().get(0).operator());
    }

    @Test
    void argumentsStandBehindDataInputs() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        var flip = graph.add(new CoinFlip(0.5));
        graph.add(new Rotate(flip), photos.get("encoded"), photos.get("label"));
        var node = graph.spec().nodes().get(2);
        assertEquals(new Rotate(new Input(2)), node.operator());
        assertEquals(2, node.dataInputs());
        assertEquals(
                List.of(
                        new Wire.Output("photos", 0),
                        new Wire.Output("photos", 1),
                        new Wire.Output("coinFlip", 0)),
                node.inputs());
    }

    @Test
    void aNodeIsADataInputAndAnArgumentAtOnce() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        photos.then(new Rotate(photos));
        var node = graph.spec().nodes().get(1);
        assertEquals(new Rotate(new Input(1)), node.operator());
        assertEquals(
                List.of(new Wire.Output("photos", 0), new Wire.Output("photos", 0)), node.inputs());
    }

    @Test
    void outputsKeepTheirOrderAndMayBeConstantsOrShareANode() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        graph.output("z", photos.get("label"))
                .output("a", Argument.of(0.5))
                .output("m", photos.get("label"));
        var outputs = graph.spec().outputs();
        assertEquals(List.of("z", "a", "m"), outputs.keySet().asList());
        assertEquals(new Wire.Output("photos", 1), outputs.get("z"));
        assertEquals(new Wire.Output("photos", 1), outputs.get("m"));
        assertEquals(new Wire.Fixed(TensorValue.of(0.5)), outputs.get("a"));
    }

    @Test
    void outputsHaveNamesOfTheirOwn() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        graph.output("image", photos);
        assertEquals(
                "two outputs of graph train are named image",
                refusal(() -> graph.output("image", photos)));
        assertEquals("an output's name is empty", refusal(() -> graph.output("", photos)));
        assertEquals(
                "input 0 stands outside an operator",
                refusal(() -> graph.output("slot", new Input(0))));
        assertEquals(1, graph.spec().outputs().size());
    }

    @Test
    void nodesOfOtherGraphsAreRefused() {
        var other = Graph.named("test").read(new Photos("photos")).get("encoded");
        var message = "photos is a node of another graph than train";
        assertEquals(message, refusal(() -> graph.add(new Copy(), other)));
        assertEquals(message, refusal(() -> graph.add(new Rotate(other))));
        assertEquals(message, refusal(() -> graph.output("image", other)));
        assertEquals(
                "photos[1] is a node of another graph than train",
                refusal(() -> graph.output("label", other.get("label"))));
        var stray =
                new Ref() {
                    @Override
                    public String toString() {
                        return "a stray";
                    }
                };
        assertEquals(
                "a stray is a node of another graph than train",
                refusal(() -> graph.add(new Copy(), stray)));
        assertEquals(
                "input 0 stands outside an operator",
                refusal(() -> graph.add(new Copy(), new Input(0))));
        assertEquals(0, graph.spec().nodes().size());
        assertEquals(0, graph.spec().outputs().size());
    }

    @Test
    void outputsOfANodeAreFoundByNameAndPlace() {
        var photos = graph.read(new Photos("photos"));
        assertEquals(photos.get(1), photos.get("label"));
        assertEquals(photos, photos.get("label").get("encoded"));
        assertEquals(photos.hashCode(), photos.get(0).hashCode());
        assertNotEquals(photos, photos.get(1));
        assertNotEquals(photos, graph.read(new Photos("photos")));
        assertEquals("photos", photos.toString());
        assertEquals("photos[1]", photos.get(1).toString());
        assertEquals(
                "photos has no output image; it has: encoded, label",
                refusal(() -> photos.get("image")));
        assertEquals("photos has 2 outputs, not 2", refusal(() -> photos.get(2)));
        assertEquals("photos has 2 outputs, not -1", refusal(() -> photos.get(-1)));
    }

    @Test
    void whichOfSeveralOutputsIsMeantHasToBeSaid() {
        var graph = Graph.named("train");
        var photos = graph.read(new Photos("photos"));
        var message = "photos has 2 outputs: encoded, label; say which with get(…)";
        assertEquals(message, refusal(() -> graph.output("label", photos)));
        assertEquals(message, refusal(() -> photos.then(new Copy())));
        assertEquals(message, refusal(() -> graph.add(new CoinFlip(0.5), photos)));
        assertEquals(0, graph.spec().outputs().size());
        graph.output("first", photos.get(0));
    }

    private static GraphSpec written(double angle) {
        var graph = Graph.named("train");
        var photos = graph.read(new Photos("photos")).get("encoded");
        var flip = graph.add(new CoinFlip(0.5)).seed(3);
        var image = photos.then(Rotate.by(angle)).then(new Rotate(flip)).named("last");
        graph.output("image", image);
        graph.output("mean", Argument.of(TensorValue.of(TensorSpec.of(FLOAT32, "C", 2), 1, 2)));
        return graph.spec();
    }

    @Test
    void equalGraphsAreEqual() {
        assertEquals(written(15), written(15));
        assertEquals(written(15).hashCode(), written(15).hashCode());
        assertNotEquals(written(15), written(16));
    }

    @Test
    void aGraphGoesToJsonAndBack() {
        assertEquals(written(15), GraphJson.read(GraphJson.write(written(15))));
    }

    @Test
    void aSpecStaysAsItWas() {
        var photos = graph.read(new Photos("photos")).get("encoded");
        var before = graph.spec();
        photos.named("other").then(new Copy());
        assertEquals("photos", before.nodes().get(0).name());
        assertEquals(1, before.nodes().size());
    }

    @Test
    void aGraphHasAName() {
        assertEquals("a graph's name is empty", refusal(() -> Graph.named(" ")));
    }
}
