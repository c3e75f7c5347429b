package dev.headrace.benchmarks;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;

/// Something that is measured, with its goals.
interface Job {
    /// All that there are, in the order of the result.
    ImmutableList<Job> ALL =
            ImmutableList.of(
                    ImageJob.DECODE,
                    ImageJob.TRAIN,
                    ImageJob.FUSED,
                    ImageJob.LARGE,
                    new DeviceJob(),
                    new SchedulingJob(),
                    new ChainJob(),
                    new FirstBatch(),
                    new ColdStart());

    /// As `--jobs` takes it.
    String name();

    /// Their names.
    static List<String> names() {
        return ALL.stream().map(Job::name).toList();
    }

    /// Those of these names, in the order in which they are measured.
    ///
    /// @throws IllegalArgumentException if there is none of a name
    static List<Job> named(List<String> asked) {
        var names = asked.stream().map(String::strip).toList();
        for (var name : names) {
            checkArgument(
                    names().contains(name),
                    "there is no job \"%s\"; jobs are %s",
                    name,
                    String.join(", ", names()));
        }
        return ALL.stream().filter(job -> names.contains(job.name())).toList();
    }

    /// Their names, for the help.
    final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }
    }

    /// Measures it.
    ///
    /// @throws IOException if outputs differ too much, or a side has failed
    List<Row> measure(Bench bench) throws IOException, InterruptedException;
}
