package dev.headrace.operators.python;

import static dev.headrace.operators.python.Lifetimes.numbers;
import static dev.headrace.operators.python.Lifetimes.python;

import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.time.Duration;

/// Ways in which a process may end, most of them without closing its pipelines; see
/// `src/test/python/endings.py`.
final class EndingProcess {
    private static final Options OPTIONS = Options.batchSize(4).threads(2).prefetch(3);

    private EndingProcess() {}

    /// What it says last is `the end`.
    ///
    /// @param arguments how it ends
    static void main(String[] arguments) throws Exception {
        pipeline(PythonFunction.module("keepers", "own").view(View.NUMPY), OPTIONS).close();
        System.out.println("started");
        switch (arguments[0]) {
            case "without a close" -> {
                var retained = pipeline(endings("leave"), OPTIONS).next().retain();
                pipeline(endings("leave_capsule"), OPTIONS).next();
                System.out.println(retained);
                end();
            }
            case "at exit of C" -> {
                pipeline(endings("leave_to_c"), OPTIONS.prefetch(1)).next();
                end();
            }
            case "at exit of Python" -> {
                var function = endings("leave_to_python").workers(1);
                // nothing ahead: a worker in the middle of a call would be killed by the close
                try (var pipeline = pipeline(function, OPTIONS.prefetch(1))) {
                    pipeline.next();
                }
                end();
            }
            case "during a call" -> {
                duringACall();
                end();
                System.exit(3);
            }
            case "during a call that was given up" -> {
                duringACall().close();
                end();
            }
            case "while all run" -> {
                pipeline(endings("leave_to_c"), OPTIONS).next();
                pipeline(endings("give_back_for_ever").view(View.TENSOR), OPTIONS).next();
                var endless = pipeline(PythonFunction.module("keepers", "keep_and_add"), OPTIONS);
                endless.next();
                beside(() -> endless.endless().forEach(batch -> {}));
                end();
                System.exit(3);
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void end() {
        System.out.println("the end");
    }

    private static void beside(Runnable what) {
        Thread.ofPlatform().daemon().start(what);
    }

    private static Pipeline duringACall() {
        var loop = PythonFunction.module("gates", "loop");
        var pipeline = pipeline(loop, OPTIONS.closeWithin(Duration.ofMillis(1)));
        beside(
                () -> {
                    try {
                        pipeline.next();
                    } catch (IllegalStateException closed) {
                        // as it is to be
                    }
                });
        python("gates", "entered.wait()");
        return pipeline;
    }

    private static PythonFunction endings(String function) {
        return PythonFunction.module("endings", function).view(View.DLPACK);
    }

    private static Pipeline pipeline(PythonFunction function, Options options) {
        var graph = Graph.named(function.function());
        graph.output("out", numbers(graph, 1000).then(function));
        return graph.build(options);
    }
}
