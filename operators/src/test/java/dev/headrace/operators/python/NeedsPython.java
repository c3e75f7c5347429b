package dev.headrace.operators.python;

import dev.headrace.engine.error.BadGraph;
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
    /// Looks once, and says once that tests are skipped.
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
            try {
                return ConditionEvaluationResult.enabled(
                        PythonEnvironment.forThisProcess().toString());
            } catch (BadGraph none) {
                System.err.println(
                        "Python functions are not tested (./headrace test sets up what they need): "
                                + none.getMessage());
                return ConditionEvaluationResult.disabled(none.getMessage());
            }
        }
    }
}
