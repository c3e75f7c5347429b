/// Pipelines for Micrometer's registries: begin at
/// [dev.headrace.integrations.micrometer.PipelineMetrics].
package dev.headrace.integrations.micrometer;
