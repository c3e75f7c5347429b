package dev.headrace.engine.operator;

import dev.headrace.engine.data.SpecPattern;
import java.util.List;

/// Brings a batch to the device of its node and leaves it as it is. The planner puts one wherever a
/// value is read on another device than it was made on; one between nodes of one device is left
/// out.
public record Transfer() implements StatelessBatchOperator {
    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return in;
    }

    /// On the host, for a batch that is there: shares it.
    @Override
    public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
        var list = in.get(0);
        for (int sample = 0; sample < list.size(); sample++) {
            out.share(0, sample, list.get(sample));
        }
    }
}
