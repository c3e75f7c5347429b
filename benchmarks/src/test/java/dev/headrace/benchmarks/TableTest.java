package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import picocli.CommandLine.Help.Ansi;

class TableTest {
    private static final Row FAST = row("fast", 3, Optional.of(Goal.atLeast(2.5)));
    private static final Row SLOW = row("<slow>", 1, Optional.of(Goal.atLeast(2.5)));
    private static final Row TOLD = row("told", 1, Optional.empty());

    private static Row row(String what, double value, Optional<Goal> goal) {
        var spread = new Spread(value, value - 0.5, value + 0.5);
        return new Row("train", what, "2", "900", "300", spread, "%.2f", goal, "threads 2");
    }

    @Test
    void eachRowSaysItsGoalAndWhetherItWasReached() {
        var text = Table.text(new JsonObject(), List.of(FAST, SLOW, TOLD), List.of(), Ansi.OFF);
        var lines = text.lines().skip(3).map(line -> line.replaceAll(" +", " ")).toList();
        assertEquals(
                List.of(
                        "train fast 2 900 300 3.00 (2.50 to 3.50) ≥ 2.50 reached threads 2",
                        "train <slow> 2 900 300 1.00 (0.50 to 1.50) ≥ 2.50 missed threads 2",
                        "train told 2 900 300 1.00 (0.50 to 1.50) threads 2"),
                lines);
    }

    @Test
    void colourIsForTerminals() {
        var text = Table.text(new JsonObject(), List.of(FAST, SLOW), List.of(), Ansi.ON);
        assertTrue(text.contains("\u001b[32mreached"), text);
        assertTrue(text.contains("\u001b[31mmissed"), text);
    }

    @Test
    void saysWhatWasNotMeasured() {
        var text = Table.text(new JsonObject(), List.of(), List.of("no compiler"), Ansi.OFF);
        assertTrue(text.endsWith("\nnot measured: no compiler\n"), text);
    }

    @Test
    void theChartHasABarForEachRowWithAGoal() throws Exception {
        var bars = parsed(Chart.svg(List.of(FAST, SLOW, TOLD))).getElementsByTagName("rect");
        assertEquals(2, bars.getLength());
        assertEquals("reached", bars.item(0).getAttributes().getNamedItem("class").getNodeValue());
        assertEquals("240", bars.item(0).getAttributes().getNamedItem("width").getNodeValue());
        assertEquals("missed", bars.item(1).getAttributes().getNamedItem("class").getNodeValue());
        assertEquals("80", bars.item(1).getAttributes().getNamedItem("width").getNodeValue());
    }

    private static Document parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }
}
