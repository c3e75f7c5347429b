package dev.headrace.engine.error;

import com.google.common.collect.ImmutableList;
import java.util.List;

/// A graph that cannot run, found before anything is read. It reports all that is wrong at once.
public final class BadGraph extends HeadraceException {
    private static final long serialVersionUID = 1;

    private final ImmutableList<String> problems;

    /// One problem.
    public BadGraph(String problem) {
        this(List.of(problem));
    }

    /// One problem, begun by another failure, whose place is not known yet.
    public BadGraph(String problem, Throwable cause) {
        super(problem, null, cause);
        this.problems = ImmutableList.of(problem);
    }

    /// One problem at one node.
    public BadGraph(String problem, Where where) {
        this(problem, where, null);
    }

    /// One problem at one node, begun by another failure.
    ///
    /// @param cause what began it, or null
    public BadGraph(String problem, Where where, Throwable cause) {
        super(problem + "\n  at " + where, null, cause);
        this.problems = ImmutableList.of(problem + "\n  at " + where);
    }

    /// All problems of a graph, each with its place in its own text.
    ///
    /// @param problems at least one
    public BadGraph(List<String> problems) {
        super(
                problems.size() == 1
                        ? problems.getFirst()
                        : problems.size() + " problems:\n" + String.join("\n", problems),
                null,
                null);
        this.problems = ImmutableList.copyOf(problems);
    }

    /// Each problem by itself.
    public ImmutableList<String> problems() {
        return problems;
    }
}
