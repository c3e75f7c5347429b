package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import java.io.IOException;
import java.util.List;

/// Headrace's side of the comparison of engines: the twin of `peer_chain.py`. One more word stands
/// at the end of `build`: `copy`, or `batch` where each copy is a batch operator.
final class ChainSide {
    private ChainSide() {}

    /// Answers commands until there are no more.
    public static void main(String[] args) throws IOException {
        answers().serve();
    }

    static Answers answers() {
        return new Answers(JsonObject::new, ChainSide::open, TensorList::size);
    }

    /// @param words copies, batch, threads, prefetch, kind of copies
    static Pipeline open(List<String> words) {
        var options =
                Options.batchSize(Integer.parseInt(words.get(1)))
                        .threads(Integer.parseInt(words.get(2)))
                        .prefetch(Integer.parseInt(words.get(3)));
        int copies = Integer.parseInt(words.get(0));
        return Bytes.chain(copies, words.get(4).equals("batch")).build(options);
    }
}
