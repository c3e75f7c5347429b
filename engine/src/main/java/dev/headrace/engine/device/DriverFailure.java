package dev.headrace.engine.device;

/// A call of the CUDA driver that did not succeed.
///
/// The message gives the function, the driver's own words, and the error's name and number:
/// `cuMemAlloc_v2 failed: out of memory (CUDA_ERROR_OUT_OF_MEMORY, error 2)`. A driver also tells
/// by it of work that was queued earlier and has failed since.
public final class DriverFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int OUT_OF_MEMORY = 2;

    private final int code;

    DriverFailure(String message, int code) {
        super(message);
        this.code = code;
    }

    /// The number of the error, a `CUresult`.
    public int code() {
        return code;
    }

    /// Whether memory was asked for, of a device or pinned, and there is not so much.
    public boolean outOfMemory() {
        return code == OUT_OF_MEMORY;
    }

    /// Whether the device is lost to this process: every further call of its context fails too.
    ///
    /// Source: the comments on `CUresult` in "cuda.h" of CUDA 12.9. Of 226, 700, 702, 714 to 719,
    /// 721 and 911 it says that "any further CUDA work will return the same error", of 710 that the
    /// context cannot be used anymore, of 709 that it has been destroyed, of 4 that the driver is
    /// shutting down, of 810 that the client has been terminated. 214 and 220 (memory or links
    /// broke beyond correction) and 999 (unknown) leave nothing to rely on.
    public boolean lost() {
        return switch (code) {
            case 4, 214, 220, 226, 700, 702, 709, 710 -> true;
            case 714, 715, 716, 717, 718, 719, 721, 810, 911, 999 -> true;
            default -> false;
        };
    }
}
