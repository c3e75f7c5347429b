package dev.headrace.engine.error;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ListMultimap;
import java.util.List;

/// A graph that cannot run, found before anything is read. It reports all that is wrong at once.
public final class BadGraph extends HeadraceException {
    private static final long serialVersionUID = 1;

    private final ImmutableList<String> problems;
    private final ImmutableListMultimap<String, String> problemsByNode;

    /// One problem.
    public BadGraph(String problem) {
        this(List.of(problem));
    }

    /// One problem, begun by another failure, whose place is not known yet.
    public BadGraph(String problem, Throwable cause) {
        super(problem, null, cause);
        problems = ImmutableList.of(problem);
        problemsByNode = ImmutableListMultimap.of();
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
        problems = ImmutableList.of(problem + "\n  at " + where);
        problemsByNode = ImmutableListMultimap.of(where.node(), problems.getFirst());
    }

    /// All problems of a graph, each with its place in its own text.
    ///
    /// @param problems at least one
    public BadGraph(List<String> problems) {
        this(problems, ImmutableListMultimap.of());
    }

    /// All problems of a graph, each with its place in its own text.
    ///
    /// @param problems at least one
    /// @param byNode those of them that are at a node, by its name
    public BadGraph(List<String> problems, ListMultimap<String, String> byNode) {
        super(
                problems.size() == 1
                        ? problems.getFirst()
                        : problems.size() + " problems:\n" + String.join("\n", problems),
                null,
                null);
        this.problems = ImmutableList.copyOf(problems);
        this.problemsByNode = ImmutableListMultimap.copyOf(byNode);
    }

    /// Each problem by itself.
    public ImmutableList<String> problems() {
        return problems;
    }

    /// The problems that are at a node, by its name.
    public ImmutableListMultimap<String, String> problemsByNode() {
        return problemsByNode;
    }
}
