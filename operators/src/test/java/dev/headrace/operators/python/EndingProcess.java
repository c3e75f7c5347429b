package dev.headrace.operators.python;

import static dev.headrace.operators.python.Lifetimes.numbers;
import static dev.headrace.operators.python.Lifetimes.python;

import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.time.Duration;

/// Ways in which a process ends that has not closed its pipelines.
final class EndingProcess {
    private static final Options OPTIONS =
            Options.batchSize(4).threads(2).prefetch(3).closeWithin(Duration.ofMillis(1));

    private EndingProcess() {}

    /// What it says last is `the end`.
    ///
    /// @param arguments how it ends
    static void main(String[] arguments) throws Exception {
        pipeline(PythonFunction.module("keepers", "own").view(View.NUMPY)).close();
        System.out.println("started");
        switch (arguments[0]) {
            case "without a close" -> {
                var retained = pipeline(endings("leave")).next().retain();
                pipeline(endings("leave_capsule")).next();
                System.out.println("the end with " + retained);
            }
            case "at exit of C" -> {
                pipeline(endings("leave_to_c")).next();
                System.out.println("the end");
            }
            case "at exit of Python" -> {
                try (var pipeline = pipeline(endings("leave_to_python").workers(1))) {
                    pipeline.next();
                }
                System.out.println("the end");
            }
            case "while all run" -> {
                pipeline(endings("leave_to_c")).next();
                pipeline(endings("give_back_for_ever").view(View.TENSOR)).next();
                var endless = pipeline(PythonFunction.module("keepers", "keep_and_add"));
                endless.next();
                Thread.ofPlatform().daemon().start(() -> endless.endless().forEach(batch -> {}));
                System.out.println("the end");
                System.exit(3);
            }
            case "during a call" -> {
                duringACall();
                System.out.println("the end");
                System.exit(3);
            }
            case "during a call that was given up" -> {
                duringACall().close();
                System.out.println("the end");
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Pipeline duringACall() {
        var pipeline = pipeline(PythonFunction.module("gates", "loop"));
        Thread.ofPlatform().daemon().start(pipeline::next);
        python("gates", "entered.wait()");
        return pipeline;
    }

    private static PythonFunction endings(String function) {
        return PythonFunction.module("endings", function).view(View.DLPACK);
    }

    private static Pipeline pipeline(PythonFunction function) {
        var graph = Graph.named(function.function());
        graph.output("out", numbers(graph, 1000).then(function));
        return graph.build(OPTIONS);
    }
}
