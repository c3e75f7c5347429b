package dev.headrace.engine.device;

import dev.headrace.engine.error.BadGraph;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A test that compiles CUDA source. Without NVRTC it is skipped, except under `./headrace test`,
/// which sets it up: there it fails.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsNvrtc.Condition.class)
public @interface NeedsNvrtc {
    /// Looks once, and says once that tests are skipped.
    final class Condition implements ExecutionCondition {
        private static final ConditionEvaluationResult RESULT = look();

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return RESULT;
        }

        private static ConditionEvaluationResult look() {
            if ("required".equals(System.getProperty("headrace.test.nvrtc"))) {
                return ConditionEvaluationResult.enabled("NVRTC is required");
            }
            try {
                Nvrtc.get();
                return ConditionEvaluationResult.enabled("NVRTC was found");
            } catch (BadGraph none) {
                System.err.println(
                        "Compiling kernels is not tested (./headrace test sets up what it needs): "
                                + none.getMessage());
                return ConditionEvaluationResult.disabled(none.getMessage());
            }
        }
    }
}
