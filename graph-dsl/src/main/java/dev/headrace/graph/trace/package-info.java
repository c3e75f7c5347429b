/// What pipelines did, moment by moment, for Perfetto.
///
/// Begin with [dev.headrace.graph.trace.Trace]. It records the events that the engine writes to
/// Java Flight Recorder; `TraceFile` converts a recording, `TraceLanes` says on which lane an event
/// is drawn, `TraceObjects` writes it.
package dev.headrace.graph.trace;
