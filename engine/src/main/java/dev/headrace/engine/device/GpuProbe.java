package dev.headrace.engine.device;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// What there is to run on: the devices that the driver shows, or why it shows none.
///
/// @param devices by number; empty exactly if there is an absence
/// @param absence why there is no device, in words for whoever wanted one
public record GpuProbe(List<GpuInfo> devices, Optional<String> absence) {
    private static final int LEAST_VERSION = 12_000;
    private static final int NO_DEVICE = 100; // CUDA_ERROR_NO_DEVICE
    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    public GpuProbe {
        devices = List.copyOf(devices);
    }

    /// Looks, on any machine: no context is made, no memory taken, nothing thrown for what is
    /// missing. From any thread.
    public static GpuProbe look() {
        if (!Driver.isThere()) {
            return none("there is no NVIDIA driver: " + Driver.LIBRARY + " cannot be loaded");
        }
        if (!Driver.isDriver()) {
            return none(Driver.LIBRARY + " is no NVIDIA driver");
        }
        try {
            return ask();
        } catch (DriverFailure failure) {
            return failure.code() == NO_DEVICE ? invisible() : none(failure.getMessage());
        }
    }

    private static GpuProbe ask() {
        int version = Driver.driverGetVersion();
        if (version < LEAST_VERSION) {
            return none(
                    "the NVIDIA driver is for CUDA %d.%d; Headrace needs 12.0 (driver 525)"
                            .formatted(version / 1000, version % 1000 / 10));
        }
        Driver.init();
        int count = Driver.deviceGetCount();
        if (count == 0) {
            return invisible();
        }
        return new GpuProbe(
                IntStream.range(0, count).mapToObj(GpuInfo::ask).toList(), Optional.empty());
    }

    private static GpuProbe invisible() {
        var visible = System.getenv(VISIBLE);
        return none(
                "the NVIDIA driver shows no device"
                        + (visible == null ? "" : ": " + VISIBLE + " is \"" + visible + "\""));
    }

    private static GpuProbe none(String absence) {
        return new GpuProbe(List.of(), Optional.of(absence));
    }
}
