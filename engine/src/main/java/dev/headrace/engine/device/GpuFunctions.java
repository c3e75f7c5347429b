package dev.headrace.engine.device;

/// Functions of one source, compiled for one device: a module of CUDA. Safe from any thread.
public final class GpuFunctions extends Owned {
    private final long handle;

    /// A kernel, usable until its module is closed.
    public static final class Function {
        private final GpuFunctions module;
        private final long handle;

        private Function(GpuFunctions module, long handle) {
            this.module = module;
            this.handle = handle;
        }

        long handle() {
            module.use();
            return handle;
        }
    }

    GpuFunctions(GpuContext context, long handle) {
        super(context);
        this.handle = handle;
    }

    /// One of the kernels.
    ///
    /// @param name as in the PTX: declare it `extern "C"`
    /// @throws DriverFailure if there is none of that name
    public Function function(String name) {
        use();
        return new Function(this, Driver.moduleGetFunction(handle, name));
    }

    /// To be done when no queued work uses it any more.
    @Override
    void giveBack() {
        Driver.moduleUnload(handle);
    }

    @Override
    public String toString() {
        return "a module of gpu(" + context().info().number() + ")";
    }
}
