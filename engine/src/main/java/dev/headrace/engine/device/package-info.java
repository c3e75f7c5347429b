/// Where a node runs, and the CUDA driver below it. Begin with [dev.headrace.engine.device.Device]
/// for places, with [dev.headrace.engine.device.GpuProbe] for which devices there are, and with
/// [dev.headrace.engine.device.GpuContext] for what is done with one. What runs there is a
/// [dev.headrace.engine.device.Kernel].
package dev.headrace.engine.device;
