package dev.headrace.graph.picture;

import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Graphs of any shape: branches, merges, arguments, constants, batches, sinks, what nobody needs,
/// what is there twice, what is fused.
final class RandomGraphs {
    private static final List<String> NASTY =
            List.of(
                    "<",
                    ">",
                    "&",
                    "\"",
                    "'",
                    "\\",
                    "\n",
                    "\r",
                    "\t",
                    "`",
                    "#",
                    ";",
                    "%%{init}%%",
                    "|",
                    "[",
                    "]",
                    "(",
                    ")",
                    "{",
                    "}",
                    "{{data}}",
                    "</script>",
                    "</style>",
                    "<!--",
                    "-->",
                    "]]>",
                    "&amp;",
                    "&#60;",
                    "end",
                    "subgraph",
                    "graph",
                    "digraph",
                    "node",
                    "strict",
                    "-->|x|",
                    "n0",
                    "\\N",
                    "\\n",
                    "$$x$$",
                    "%s",
                    "😀",
                    "👩‍👩‍👧‍👦",
                    "שלום",
                    "\u202Eevil",
                    "\u0000",
                    "\u0007",
                    "\u2028",
                    "\uD800",
                    "\uFFFE",
                    "漢字",
                    "e\u0301",
                    " ",
                    "x".repeat(200));

    private RandomGraphs() {}

    static Plan plan(long seed, int size, boolean nasty) {
        return graph(seed, size, nasty).plan(Options.batchSize(4).threads(2).seed(7));
    }

    static Graph graph(long seed, int size, boolean nasty) {
        var random = new Random(seed);
        var graph = Graph.named(nasty ? "g" + nastyName(random) : "random");
        var photos = graph.read(new Fakes.Photos(nasty ? nastyName(random) : "photos"));
        var values = new ArrayList<>(List.of(photos.get("encoded"), photos.get("label")));
        int count = 1;
        while (count < size) {
            var from = values.get(random.nextInt(values.size()));
            var other = values.get(random.nextInt(values.size()));
            int before = values.size();
            switch (random.nextInt(10)) {
                case 0 ->
                        values.add(
                                from.then(new Fakes.Decode())
                                        .then(new Fakes.Crop(random.nextInt(2) + 1, 4)));
                case 1 -> values.add(from.then(new Fakes.Blur(random.nextInt(3))));
                case 2 -> values.add(from.then(new Fakes.Brighten(other)));
                case 3 -> values.add(from.then(new Fakes.Brighten(Argument.of(0.5))));
                case 4 -> values.add(graph.add(new Fakes.Mix(), from, other, Argument.of(3)));
                case 5 -> values.add(graph.add(new Fakes.Coin(0.5)));
                case 6 -> values.add(from.then(new Fakes.Whiten()));
                case 7 -> values.add(from.then(new Fakes.Tally()));
                case 8 -> from.then(new Fakes.Sink(nasty ? nastyName(random) : "note"));
                default -> values.add(graph.add(new Fakes.Mix(), from, from));
            }
            count++;
            if (nasty && random.nextBoolean() && values.size() > before) {
                values.getLast().named(count + nastyName(random));
            }
        }
        for (int i = 0; i < 3; i++) {
            graph.output(
                    (nasty ? nastyName(random) : "out") + i,
                    values.get(random.nextInt(values.size())));
        }
        graph.output("fixed", Argument.of(2));
        return graph;
    }

    static String nastyName(Random random) {
        var name = new StringBuilder();
        for (int i = 0, n = 1 + random.nextInt(4); i < n; i++) {
            name.append(NASTY.get(random.nextInt(NASTY.size())));
        }
        return name.toString();
    }
}
