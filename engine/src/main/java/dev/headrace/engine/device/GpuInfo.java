package dev.headrace.engine.device;

/// What the driver says of a device.
///
/// @param number from 0, as the driver counts
/// @param name as in "NVIDIA H200"
/// @param major of the compute capability
/// @param minor of the compute capability
/// @param memoryBytes all memory of the device
public record GpuInfo(int number, String name, int major, int minor, long memoryBytes) {
    private static final int CAPABILITY_MAJOR = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private static final int CAPABILITY_MINOR = 76; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR

    /// Asks the driver, which has been initialized.
    static GpuInfo ask(int number) {
        int device = Driver.deviceGet(number);
        return new GpuInfo(
                number,
                Driver.deviceGetName(device),
                Driver.deviceGetAttribute(CAPABILITY_MAJOR, device),
                Driver.deviceGetAttribute(CAPABILITY_MINOR, device),
                Driver.deviceTotalMem(device));
    }

    @Override
    public String toString() {
        return "gpu(%d): %s, compute capability %d.%d, %d MiB"
                .formatted(number, name, major, minor, memoryBytes >> 20);
    }
}
