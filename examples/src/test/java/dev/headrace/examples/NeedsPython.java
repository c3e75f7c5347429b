package dev.headrace.examples;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.python.PythonFunction;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A test that calls Python. Without one it is skipped, except under `./headrace test`, which
/// sets one up: there it fails.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsPython.Condition.class)
@interface NeedsPython {
    /// Builds a graph with a Python function, once, and says once that tests are skipped.
    final class Condition implements ExecutionCondition {
        private static final ConditionEvaluationResult RESULT = look();

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return RESULT;
        }

        private static ConditionEvaluationResult look() {
            if ("required".equals(System.getProperty("headrace.test.python"))) {
                return ConditionEvaluationResult.enabled("Python is required");
            }
            var graph = Graph.named("trial");
            var function = PythonFunction.source("def trial(): return 0", "trial");
            graph.output("trial", graph.add(function));
            try {
                graph.build(Options.batchSize(1)).close();
                return ConditionEvaluationResult.enabled("Python was found");
            } catch (BadGraph none) {
                System.err.println("Programs that use Python are not tested: " + none.getMessage());
                return ConditionEvaluationResult.disabled(none.getMessage());
            }
        }
    }
}
