package dev.headrace.engine.plan;

import static java.util.stream.Collectors.toCollection;

import com.google.common.collect.Sets;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.Transfer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Says on which stream of its device a node runs, and which events are awaited before it: by the
/// stream, or by the host where the host reads what a device has copied to it.
///
/// What runs on one stream is queued in the order of the steps.
final class Streams implements Pass {
    /// A stream of a device.
    private record Queue(Device device, int stream) {}

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public void apply(Draft draft) {
        if (draft.nodes.stream().noneMatch(Draft.Node::isLaunch)) {
            return;
        }
        number(draft);
        keepOrder(draft);
        await(draft);
        long streams = launches(draft).stream().map(Streams::queue).distinct().count();
        long waits =
                draft.groups.stream()
                        .mapToLong(group -> group.awaits.size() + group.streamAwaits.size())
                        .sum();
        draft.say(
                "%s: %s, %s between steps"
                        .formatted(
                                draft.options.streams(),
                                Explain.count(streams, "stream"),
                                Explain.count(waits, "wait")));
    }

    private static List<Draft.Group> launches(Draft draft) {
        return draft.groups.stream().filter(Draft.Group::isLaunch).toList();
    }

    private static Queue queue(Draft.Group launch) {
        return new Queue(launch.first().busy(), launch.first().stream);
    }

    private static void number(Draft draft) {
        var nodes = draft.groups.stream().flatMap(group -> group.nodes.stream()).toList();
        Map<Draft.Node, Integer> places = new IdentityHashMap<>();
        var asked = new ArrayList<StreamNumbers.Asked>();
        for (var node : nodes) {
            places.put(node, places.size());
            var producers = node.froms().stream().map(from -> places.get(from.node())).toList();
            int device = node.busy() instanceof Device.Gpu(int number) ? number : -1;
            asked.add(new StreamNumbers.Asked(device, kind(node), producers));
        }
        var numbers = StreamNumbers.of(draft.options.streams(), asked);
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).stream = numbers.get(i);
        }
    }

    private static StreamNumbers.Kind kind(Draft.Node node) {
        if (!(node.operator instanceof Transfer)) {
            return StreamNumbers.Kind.KERNEL;
        }
        return node.device.equals(Device.HOST)
                ? StreamNumbers.Kind.COPY_BACK
                : StreamNumbers.Kind.COPY_TO;
    }

    private static void keepOrder(Draft draft) {
        Map<Queue, Draft.Group> last = new HashMap<>();
        for (var launch : launches(draft)) {
            var before = last.put(queue(launch), launch);
            if (before != null) {
                launch.after.add(before.index);
            }
        }
    }

    private static void await(Draft draft) {
        Map<Queue, Integer> queues = new HashMap<>();
        var work = new ArrayList<Awaits.Work>();
        var numbers = new ArrayList<Integer>(); // of each group's own work
        for (var group : draft.groups) {
            var here = work(reads(group, false), numbers);
            if (group.isLaunch()) {
                work.add(new Awaits.Work(Awaits.HOST, here)); // arguments, before it is queued
                var there = work(reads(group, true), numbers);
                there.add(work.size() - 1);
                int queue = queues.computeIfAbsent(queue(group), _ -> queues.size());
                work.add(new Awaits.Work(queue, there));
            } else {
                work.add(new Awaits.Work(Awaits.HOST, here));
            }
            numbers.add(work.size() - 1);
        }
        int delivery = work.size();
        Set<Integer> here = new TreeSet<>();
        Set<Integer> there = new TreeSet<>();
        Stream.concat(draft.outputs.values().stream(), draft.peeks.values().stream())
                .forEach(source -> addGroup(source, isHere(source) ? here : there));
        work.add(new Awaits.Work(Awaits.HOST, work(Sets.union(here, there), numbers)));
        work.add(new Awaits.Work(Awaits.HOST, work(here, numbers)));
        var onStream = work(there, numbers);
        onStream.add(delivery + 1);
        work.add(new Awaits.Work(queues.size(), onStream));
        var awaits = Awaits.of(work);
        for (var group : draft.groups) {
            int own = numbers.get(group.index);
            if (group.isLaunch()) {
                group.awaits = groups(awaits.get(own - 1), numbers, draft);
                group.streamAwaits = groups(awaits.get(own), numbers, draft);
            } else {
                group.awaits = groups(awaits.get(own), numbers, draft);
            }
        }
        draft.awaits = groups(awaits.get(delivery), numbers, draft);
        draft.hostAwaits = groups(awaits.get(delivery + 1), numbers, draft);
        draft.streamAwaits = groups(awaits.get(delivery + 2), numbers, draft);
    }

    private static Set<Integer> work(Set<Integer> groups, List<Integer> numbers) {
        return groups.stream().map(numbers::get).collect(toCollection(TreeSet::new));
    }

    private static List<Draft.Group> groups(
            List<Integer> work, List<Integer> numbers, Draft draft) {
        return work.stream()
                .map(each -> draft.groups.get(Collections.binarySearch(numbers, each)))
                .toList();
    }

    /// The groups whose data it reads.
    ///
    /// @param there whether what it reads on a device, or else on the host
    private static Set<Integer> reads(Draft.Group group, boolean there) {
        Set<Integer> reads = new TreeSet<>();
        for (var node : group.nodes) {
            for (int i = 0; i < node.inputs.size(); i++) {
                boolean data = i < node.dataInputs;
                if ((!data || node.operator.readsData(i)) && there == node.readsThere(i)) {
                    addGroup(node.inputs.get(i), reads);
                }
            }
        }
        reads.remove(group.index);
        return reads;
    }

    private static boolean isHere(Draft.Source source) {
        return source instanceof Draft.From from && from.node().device.equals(Device.HOST);
    }

    private static void addGroup(Draft.Source source, Set<Integer> groups) {
        if (source instanceof Draft.From from) {
            groups.add(from.node().group.index);
        }
    }
}
