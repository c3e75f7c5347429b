package dev.headrace.engine.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Which events have to be awaited: as few as order each piece of work behind what it reads. A pure
/// function.
///
/// Work on one queue is done in order. Work on the host begins when what it follows on the host is
/// done, and work is put into a queue when what it reads from the host is done.
final class Awaits {
    /// The number of the host, where that of a queue stands.
    static final int HOST = -1;

    /// A piece of work.
    ///
    /// @param queue the queue that it is put into, from 0, or [#HOST]
    /// @param reads the numbers of those whose results it reads, all lower than its own
    record Work(int queue, Collection<Integer> reads) {}

    private final List<Work> all;
    private final int queues;

    /// By number: for each queue the last piece that is over once this one is; -1 where none is.
    private final List<int[]> over = new ArrayList<>();

    private Awaits(List<Work> all) {
        this.all = all;
        this.queues = 1 + all.stream().mapToInt(Work::queue).max().orElse(HOST);
    }

    /// For each piece of work the numbers of those whose events it awaits before it begins.
    ///
    /// @param all in the order in which they are put into their queues
    static List<List<Integer>> of(List<Work> all) {
        var awaits = new Awaits(all);
        var last = new int[awaits.queues];
        Arrays.fill(last, -1);
        var found = new ArrayList<List<Integer>>();
        for (int number = 0; number < all.size(); number++) {
            var work = all.get(number);
            boolean queued = work.queue() != HOST;
            var known = awaits.nothing();
            if (queued && last[work.queue()] >= 0) {
                awaits.learn(known, last[work.queue()]);
            }
            found.add(awaits.needed(work, known));
            if (queued) {
                known[work.queue()] = number;
                last[work.queue()] = number;
            }
            awaits.over.add(known);
        }
        return found;
    }

    private int[] nothing() {
        var known = new int[queues];
        Arrays.fill(known, -1);
        return known;
    }

    /// What has to be awaited beyond what is known to be over; then that is known too.
    private List<Integer> needed(Work work, int[] known) {
        work.reads().stream()
                .filter(read -> all.get(read).queue() == HOST)
                .forEach(read -> learn(known, read));
        var needed = new ArrayList<Integer>();
        work.reads().stream()
                .filter(read -> all.get(read).queue() != HOST)
                .sorted(Comparator.reverseOrder()) // a later one may imply earlier ones
                .forEach(
                        read -> {
                            if (known[all.get(read).queue()] < read) {
                                needed.add(read);
                                learn(known, read);
                            }
                        });
        return needed.reversed();
    }

    private void learn(int[] known, int piece) {
        var its = over.get(piece);
        for (int queue = 0; queue < queues; queue++) {
            known[queue] = Math.max(known[queue], its[queue]);
        }
    }
}
