package dev.headrace.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Memory that devices use, in the pool, on the simulated driver.
class DevicePoolTest {
    @BeforeEach
    void begin() {
        Simulation.begin();
    }

    /// Lent on a stream and given back unused: others must still wait for what is queued there.
    @Test
    void whatIsGivenBackUnusedIsStillBusy() {
        var gpu = GpuContext.open(0);
        var one = gpu.stream();
        var other = gpu.stream();
        var pool = new BufferPool(1 << 20, false, gpu);
        Simulation.hold(one);
        var buffer = pool.lend(64, "a", MemoryKind.DEVICE, one);
        long address = buffer.address();
        one.fill(address, (byte) 1, 64);
        var mark = one.mark();
        buffer.busyUntil(mark);
        mark.close();
        buffer.close();
        pool.lend(64, "b", MemoryKind.DEVICE, one).close();
        var taken = pool.lend(64, "c", MemoryKind.DEVICE, other);
        boolean same = taken.address() == address;
        if (same) {
            other.fill(taken.address(), (byte) 2, 64);
        }
        Simulation.releaseAll();
        one.synchronize();
        other.synchronize();
        var reports = Simulation.reports();
        taken.close();
        pool.close();
        gpu.close();
        assertEquals(List.of(), reports);
    }

    /// One wait of several fails: the pool goes on.
    @Test
    void aWaitThatFailsLeavesThePoolUsable() {
        var gpu = GpuContext.open(0);
        var one = gpu.stream();
        var other = gpu.stream();
        var third = gpu.stream();
        var pool = new BufferPool(64, false, gpu);
        Simulation.hold(one);
        Simulation.hold(other);
        var buffer = pool.lend(64, "a", MemoryKind.DEVICE, one);
        for (var stream : List.of(one, other)) {
            var mark = stream.mark();
            buffer.busyUntil(mark);
            mark.close();
        }
        buffer.close();
        Simulation.fail("cuStreamWaitEvent", 2, 304);
        assertThrows(BadBatch.class, () -> pool.lend(64, "b", MemoryKind.DEVICE, third));
        try {
            pool.lend(64, "b", MemoryKind.DEVICE, third).close();
        } finally {
            Simulation.releaseAll();
        }
        pool.close();
        gpu.close();
    }
}
