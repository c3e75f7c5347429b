/// Checks a machine's real CUDA device: the tests that hold on any driver, the speed of copies and
/// of a pipeline beside NVIDIA DALI's, in one report as text and JSON. Begin reading at `GpuCheck`.
package dev.headrace.gpucheck;
