package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;

/// How many threads run a kernel: blocks of threads, each number at least 1. What a device allows
/// at most it says when a kernel is launched.
///
/// @param blocksX `gridDim.x`
/// @param blocksY `gridDim.y`
/// @param blocksZ `gridDim.z`
/// @param threadsX `blockDim.x`
/// @param threadsY `blockDim.y`
/// @param threadsZ `blockDim.z`
public record Grid(
        int blocksX, int blocksY, int blocksZ, int threadsX, int threadsY, int threadsZ) {
    public Grid {
        checkArgument(
                blocksX > 0 && blocksY > 0 && blocksZ > 0,
                "a grid of %s×%s×%s blocks is empty",
                blocksX,
                blocksY,
                blocksZ);
        checkArgument(
                threadsX > 0 && threadsY > 0 && threadsZ > 0,
                "a block of %s×%s×%s threads is empty",
                threadsX,
                threadsY,
                threadsZ);
    }

    /// A row of blocks, each a row of threads.
    public static Grid of(int blocks, int threads) {
        return new Grid(blocks, 1, 1, threads, 1, 1);
    }
}
