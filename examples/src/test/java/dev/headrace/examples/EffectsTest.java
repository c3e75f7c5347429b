package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

@NeedsPython
class EffectsTest {
    private final StringWriter out = new StringWriter();

    @Test
    void onlyTheNeighbourThatNobodyReadsIsLeftOut() {
        assertEquals(0, Headrace.commands().setOut(new PrintWriter(out, true)).execute("effects"));
        assertEquals(
                List.of(
                        "prune    neighbour (Apply): nobody needs it",
                        "upstream   called 10 times",
                        "preserved  called 10 times",
                        "neighbour  called  0 times",
                        "log        called 10 times"),
                out.toString()
                        .lines()
                        .filter(line -> line.startsWith("prune") || line.contains(" called "))
                        .toList());
        assertEquals(
                List.of("counter", "upstream", "preserved", "log"),
                out.toString()
                        .lines()
                        .filter(line -> line.matches(" +[a-z]+ = .*"))
                        .map(line -> line.strip().split(" ")[0])
                        .toList());
    }
}
