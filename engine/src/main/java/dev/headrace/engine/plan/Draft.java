package dev.headrace.engine.plan;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jgrapht.Graph;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;
import org.jgrapht.traverse.TopologicalOrderIterator;

/// The graph while the passes work on it, with what they say about it. Confined to one thread.
final class Draft {
    /// Where an input, or an output of the graph, comes from.
    sealed interface Source {}

    /// A node's output.
    record From(Node node, int output) implements Source {
        /// The value's name: the node's, with the output's where there are several.
        String name() {
            return Value.name(node.where, node.operator, output);
        }

        Out out() {
            return node.outs.get(output);
        }
    }

    /// The same value for every sample.
    record Fixed(TensorValue value) implements Source {}

    /// An output of a node.
    static final class Out {
        /// Whether anybody needs it.
        boolean wanted;

        /// What is known of it before there is data.
        SpecPattern promise = SpecPattern.OPEN;

        /// Whether it lies in the batch.
        boolean inSlot;

        /// Whether other processes can map it.
        boolean shared;

        /// Whether it lies in memory of the host that devices copy from and to.
        boolean pinned;

        /// Whether it is kept with the batch, to be looked at.
        boolean peeked;

        /// The names under which it leaves the graph.
        final Set<String> names = new LinkedHashSet<>();
    }

    /// A node, compared by identity.
    static final class Node {
        final NodeSpec spec;

        /// Its place among the nodes as written, or that of the first that reads it, for a copy.
        final int written;

        /// Its place among the copies, from 1; 0 for nodes as written.
        final int copy;

        final List<Out> outs;
        Operator operator;
        Where where;
        List<Source> inputs = new ArrayList<>();
        int dataInputs;
        Device device = Device.HOST;
        int stream = -1;
        int level;
        Part part;
        Group group;

        /// The equal node that runs in its place, if there is one.
        Optional<Node> mergedInto = Optional.empty();

        /// The node that does its work beside its own, if there is one.
        Optional<Node> absorbedInto = Optional.empty();

        /// The value that lies on its device already, so that it has nothing to do.
        Optional<From> there = Optional.empty();

        Node(NodeSpec spec, int written) {
            this(spec, written, 0);
        }

        Node(NodeSpec spec, int written, int copy) {
            this.spec = spec;
            this.written = written;
            this.copy = copy;
            operator = spec.operator();
            where = spec.where();
            dataInputs = spec.dataInputs();
            outs = Stream.generate(Out::new).limit(operator.outputs().size()).toList();
        }

        boolean isBatch() {
            return operator instanceof BatchOperator<?>;
        }

        /// The device that it keeps busy: a copy to the host that of what it copies.
        Device busy() {
            return operator instanceof Transfer
                            && device.equals(Device.HOST)
                            && inputs.getFirst() instanceof From from
                    ? from.node().device
                    : device;
        }

        /// Whether it is work that is queued on a device.
        boolean isLaunch() {
            return !busy().equals(Device.HOST);
        }

        /// Whether an input is read by work that is queued on a device; if not, it is read on the
        /// host.
        boolean readsThere(int input) {
            boolean onHost = operator instanceof CudaOperator cuda && cuda.readsOnHost(input);
            return isLaunch() && input < dataInputs && !onHost;
        }

        /// Whether it is a step by itself.
        boolean isAlone() {
            return isBatch() || isLaunch();
        }

        boolean isStateful() {
            return isBatch() && !(operator instanceof StatelessBatchOperator);
        }

        boolean sharesMemory() {
            return operator instanceof BatchOperator<?> batch && batch.sharesMemory();
        }

        boolean isStream() {
            return operator instanceof SequentialSource<?>;
        }

        /// The inputs that are outputs of nodes.
        List<From> froms() {
            return inputs.stream().filter(From.class::isInstance).map(From.class::cast).toList();
        }

        /// As in messages, without the line.
        @Override
        public String toString() {
            return where.node() + " (" + where.kind() + ")";
        }
    }

    /// What will be a step.
    static final class Group {
        final List<Node> nodes = new ArrayList<>();
        boolean hasSource;
        boolean recovers;

        /// Its place among the steps.
        int index;

        /// The places of the steps before it.
        final Set<Integer> after = new TreeSet<>();

        /// The groups whose events the host awaits before it.
        List<Group> awaits = List.of();

        /// The groups whose events its stream awaits, if it is a launch.
        List<Group> streamAwaits = List.of();

        /// What states the number of samples, if not the iteration.
        Optional<From> count = Optional.empty();

        Node first() {
            return nodes.getFirst();
        }

        boolean isAlone() {
            return first().isAlone();
        }

        boolean isLaunch() {
            return first().isLaunch();
        }
    }

    private static final Comparator<Node> AS_WRITTEN =
            Comparator.comparingInt((Node node) -> node.written)
                    .thenComparingInt(node -> node.copy);

    final GraphSpec graph;
    final Options options;

    /// All that were asked for, as written.
    final List<Node> written;

    /// As written, then in topological order, as written where that is free.
    List<Node> nodes = new ArrayList<>();

    /// Those that are wanted, by name, in the order written.
    final Map<String, Source> outputs = new LinkedHashMap<>();

    /// What is to be looked at, by name, in the order written.
    final Map<String, From> peeks = new LinkedHashMap<>();

    /// The sequential source that states how many samples there are where nothing else does.
    Optional<Node> clock = Optional.empty();

    /// The device that the outputs lie on, where seeds go by it.
    Optional<Device> end = Optional.empty();

    /// In topological order.
    List<Group> groups = new ArrayList<>();

    /// The groups whose events the host awaits before a batch is delivered.
    List<Group> awaits = List.of();

    /// The groups whose events the host awaits before one is delivered on a stream.
    List<Group> hostAwaits = List.of();

    /// The groups whose events that stream awaits then.
    List<Group> streamAwaits = List.of();

    /// By the name of the pass.
    final ListMultimap<String, String> said = ArrayListMultimap.create();

    private final List<String> problems = new ArrayList<>();
    private final ListMultimap<String, String> problemsByNode = ArrayListMultimap.create();
    private final List<RuntimeException> causes = new ArrayList<>();
    private String pass = "";

    Draft(GraphSpec graph, Options options) {
        this.graph = graph;
        this.options = options;
        for (var spec : graph.nodes()) {
            nodes.add(new Node(spec, nodes.size()));
        }
        written = List.copyOf(nodes);
    }

    void run(Pass next) {
        pass = next.name();
        next.apply(this);
    }

    /// Notes for `explain` what the pass did.
    void say(String what) {
        said.put(pass, what);
    }

    /// Notes for `explain` what the pass did to a node.
    void say(Node node, String what) {
        say(node + ": " + what);
    }

    void problem(String what) {
        problems.add(what);
    }

    void problem(String what, Where where) {
        problem(what, where, "");
    }

    /// Notes a problem at a node.
    ///
    /// @param more what is said below the place
    void problem(String what, Where where, String more) {
        var text = what + "\n  at " + where + more;
        problems.add(text);
        problemsByNode.put(where.node(), text);
    }

    /// Keeps the failure behind a problem, for its stack trace.
    void cause(RuntimeException failure) {
        causes.add(failure);
    }

    boolean isSound() {
        return problems.isEmpty();
    }

    /// Stops here if anything is wrong.
    void refuse() {
        if (!isSound()) {
            var failure = new BadGraph(problems, problemsByNode);
            causes.forEach(failure::addSuppressed);
            throw failure;
        }
    }

    /// What a node waits for: the nodes that it reads, or the clock where it reads none.
    List<Node> before(Node node) {
        var read = node.froms();
        return read.isEmpty() && !node.isStream()
                ? clock.stream().toList()
                : read.stream().map(From::node).toList();
    }

    /// The nodes, with an edge to each from those that it waits for.
    Graph<Node, DefaultEdge> edges() {
        var edges = new DefaultDirectedGraph<Node, DefaultEdge>(DefaultEdge.class);
        nodes.forEach(edges::addVertex);
        for (var node : nodes) {
            before(node).forEach(each -> edges.addEdge(each, node));
        }
        return edges;
    }

    /// Puts the nodes in topological order, as written where that is free.
    void sort() {
        var order = new ArrayList<Node>(nodes.size());
        new TopologicalOrderIterator<>(edges(), AS_WRITTEN).forEachRemaining(order::add);
        nodes = order;
    }
}
