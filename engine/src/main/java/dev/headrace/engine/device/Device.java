package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;

/// A place where nodes run and memory lies: the host, or a GPU by its number.
public sealed interface Device {
    /// The host: its CPU cores and main memory.
    Device HOST = new Host();

    /// A GPU.
    ///
    /// @param number from 0, as the driver counts
    static Device gpu(int number) {
        return new Gpu(number);
    }

    /// The host.
    record Host() implements Device {
        @Override
        public String toString() {
            return "host";
        }
    }

    /// A CUDA device.
    ///
    /// @param number from 0, as the driver counts
    record Gpu(int number) implements Device {
        public Gpu {
            checkArgument(number >= 0, "device number %s is negative", number);
        }

        @Override
        public String toString() {
            return "gpu(" + number + ")";
        }
    }
}
