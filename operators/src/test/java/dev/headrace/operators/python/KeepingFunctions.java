package dev.headrace.operators.python;

import static dev.headrace.operators.python.Lifetimes.MORE;
import static dev.headrace.operators.python.Lifetimes.numbers;
import static dev.headrace.operators.python.Lifetimes.python;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.util.ArrayList;

/// Functions that keep views, return one buffer again and again, edit what they returned, and
/// return tensors of somebody else; see `src/test/python/keepers.py`. Released memory is
/// overwritten, and four iterations are under way.
final class KeepingFunctions {
    private static final int SAMPLES = 72;
    private static final int BATCH = 6;

    private final int workers;

    private KeepingFunctions(int workers) {
        this.workers = workers;
    }

    /// Says `passed` for each function, and at the end that all have.
    ///
    /// @param arguments how many workers
    static void main(String[] arguments) {
        var functions = new KeepingFunctions(Integer.parseInt(arguments[0]));
        run(PythonFunction.module("keepers", "own").view(View.NUMPY), MORE);
        System.out.println("started");
        functions.keepViews();
        functions.returnOneBuffer();
        functions.editWhatTheyReturned();
        if (functions.workers == 0) {
            functions.returnTensorsOfOthers(false);
            functions.returnTensorsOfOthers(true);
        }
        System.out.println("all have passed");
    }

    private PythonFunction tensors(String function) {
        return PythonFunction.module("keepers", function).workers(workers);
    }

    private PythonFunction arrays(String function) {
        return tensors(function).view(View.NUMPY);
    }

    private PythonFunction lists(String function) {
        return arrays(function).batchProcessing(true);
    }

    private PythonFunction dense(String function) {
        return lists(function).dense();
    }

    private void keepViews() {
        run(tensors("keep"), 0);
        run(arrays("keep"), 0);
        run(tensors("keep_and_add"), MORE);
        run(lists("keep_list"), MORE);
        run(dense("keep_dense"), 0);
        run(tensors("keep_capsules").view(View.DLPACK), 0);
        run(tensors("keep_in_threads"), 0);
    }

    private void returnOneBuffer() {
        run(arrays("same_array"), MORE);
        run(arrays("same_reversed"), MORE);
        run(arrays("same_capsule"), MORE);
        run(arrays("same_two").numOutputs(2), MORE);
        run(arrays("same_empty"), MORE);
        run(lists("same_list"), MORE);
        run(dense("same_dense"), MORE);
        run(dense("same_empty_dense"), MORE);
    }

    private void editWhatTheyReturned() {
        run(arrays("edited"), MORE);
        run(lists("edited_list"), MORE);
        run(dense("edited_dense"), MORE);
        run(arrays("edited_twice").numOutputs(2), MORE);
        run(arrays("edited_empty"), MORE);
        run(lists("edited_empty_list"), MORE);
        run(dense("edited_empty_dense"), MORE);
        run(arrays("edited_unreturned_empty"), MORE);
    }

    private void returnTensorsOfOthers(boolean adopt) {
        run(arrays("foreign").adopt(adopt), MORE);
        run(arrays("foreign_object").adopt(adopt), MORE);
        run(lists("foreign_list").adopt(adopt), MORE);
        run(arrays("foreign_two").numOutputs(2).adopt(adopt), MORE);
        run(arrays("foreign_and_dropped").adopt(adopt), MORE);
        fails(
                arrays("foreign_and_wrong_rank").numOutputs(2).adopt(adopt),
                "foreign_and_wrong_rank returned rank 0 for sample 5 of output 1 after rank 1 for"
                        + " sample 0; an output has one rank");
        fails(
                arrays("foreign_and_raises").adopt(adopt),
                "foreign_and_raises raised ValueError: the last one");
        fails(
                lists("foreign_list_one_short").adopt(adopt),
                "foreign_list_one_short returned 5 tensors for output 0, expected 6, one a sample");
        fails(
                arrays("foreign_twice").numOutputs(2).adopt(adopt),
                "foreign_twice returned a capsule for output 1 that was already used");
    }

    private static Pipeline pipeline(PythonFunction function) {
        var graph = Graph.named(function.function());
        var node = graph.add(function, numbers(graph, SAMPLES));
        for (int output = 0; output < function.numOutputs(); output++) {
            graph.output("out" + output, node.get(output));
        }
        return graph.build(Options.batchSize(BATCH).threads(2).prefetch(4).withChecks());
    }

    private static String nameOf(PythonFunction function) {
        return function.function()
                + " "
                + function.view()
                + (function.adopt() ? " adopted" : "")
                + (function.workers() > 0 ? " in workers" : "");
    }

    /// Takes all batches, and keeps every other one while others overwrite what is released.
    private static void run(PythonFunction function, long more) {
        Lifetimes.check(
                nameOf(function),
                () -> {
                    var kept = new ArrayList<Batch>();
                    var pipeline = pipeline(function);
                    try (pipeline) {
                        for (var batch : pipeline.epoch()) {
                            check(batch, more);
                            if (batch.iteration() % 2 == 0) {
                                kept.add(batch.retain());
                            }
                        }
                        kept.forEach(batch -> check(batch, more));
                    }
                    lookAgain(function);
                    kept.forEach(batch -> check(batch, more));
                    kept.forEach(Batch::close);
                    Lifetimes.nothingIsLeft(pipeline);
                });
    }

    private static void check(Batch batch, long more) {
        batch.names().forEach(output -> Lifetimes.check(batch, output, more));
    }

    private static void lookAgain(PythonFunction function) {
        if (function.workers() == 0) {
            python("keepers", "look_again()");
        }
    }

    /// Every iteration fails; the deleters of all that was returned run nevertheless.
    private static void fails(PythonFunction function, String message) {
        Lifetimes.check(
                nameOf(function),
                () -> {
                    var pipeline = pipeline(function);
                    try (pipeline) {
                        for (int iteration = 0; iteration < SAMPLES / BATCH; iteration++) {
                            var failure = assertThrows(BadBatch.class, pipeline::next);
                            assertEquals(message, failure.what());
                        }
                    }
                    Lifetimes.nothingIsLeft(pipeline);
                });
    }
}
