package dev.headrace.gpucheck;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.includeTags;

import dev.headrace.engine.device.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// The tests of Headrace that hold on any driver, run on the one that is here.
final class DeviceTests {
    /// Something to say while they run, as `String.format` takes it.
    interface Progress {
        void say(String format, Object... values);
    }

    /// A test that did not pass.
    ///
    /// @param name its class and its own
    /// @param reason why
    record NotPassed(String name, String reason) {}

    /// What came of them.
    record Results(int passed, List<NotPassed> failed, List<NotPassed> skipped) {}

    private static final Logger QUIET = Logger.getLogger("dev.headrace");

    private DeviceTests() {}

    /// Runs all.
    ///
    /// @throws IllegalStateException if there is none
    static Results run(Progress progress) {
        System.setProperty("headrace.test.driver", "real");
        QUIET.setLevel(Level.SEVERE); // some tests are about what is warned of
        var request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectPackage("dev.headrace"))
                        .filters(
                                includeTags(Simulation.ANY_DRIVER),
                                includeClassNamePatterns(".*Test"))
                        .build();
        var listener = new Listener(progress);
        LauncherFactory.create().execute(request, listener);
        var results = listener.results();
        if (results.passed() + results.failed().size() == 0) {
            throw new IllegalStateException("no test was found that holds on any driver");
        }
        return results;
    }

    private static final class Listener implements TestExecutionListener {
        private final Progress progress;
        private final List<NotPassed> failed = new ArrayList<>();
        private final List<NotPassed> skipped = new ArrayList<>();
        private int passed;
        private TestPlan plan;

        Listener(Progress progress) {
            this.progress = progress;
        }

        Results results() {
            return new Results(passed, List.copyOf(failed), List.copyOf(skipped));
        }

        @Override
        public void testPlanExecutionStarted(TestPlan started) {
            plan = started;
        }

        @Override
        public void executionStarted(TestIdentifier test) {
            if (test.getSource().orElse(null) instanceof ClassSource source) {
                progress.say("testing %s", source.getClassName());
            }
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            var thrown = result.getThrowable();
            var reason = thrown.map(Throwable::toString).orElse("");
            switch (result.getStatus()) {
                case SUCCESSFUL -> passed += test.isTest() ? 1 : 0;
                case ABORTED ->
                        skipped.add(
                                new NotPassed(
                                        name(test),
                                        thrown.map(Throwable::getMessage)
                                                .orElse("")
                                                .replace("Assumption failed: ", "")));
                case FAILED -> {
                    failed.add(new NotPassed(name(test), reason));
                    progress.say("%s failed: %s", name(test), reason);
                }
            }
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            skipped.add(new NotPassed(name(test), reason));
        }

        /// As in `DeviceRunTest.branchesJoinUnderEveryPolicy(StreamPolicy) [1] policy=SINGLE`.
        private String name(TestIdentifier test) {
            var own = test.getDisplayName();
            if (test.getSource().orElse(null) instanceof MethodSource method) {
                var owner = method.getClassName();
                var simple = owner.substring(owner.lastIndexOf('.') + 1);
                var called = method.getMethodName();
                return own.startsWith(called)
                        ? simple + "." + own
                        : simple + "." + called + " " + own;
            }
            return plan.getParent(test).map(TestIdentifier::getDisplayName).orElse("") + " " + own;
        }
    }
}
