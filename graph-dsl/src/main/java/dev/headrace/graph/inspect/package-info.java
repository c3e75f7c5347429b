/// What flows through a graph, value by value.
///
/// Begin with [dev.headrace.graph.inspect.Inspection]. It runs a graph's first batch, a `Look` at
/// each value counts its `Elements`, and `InspectionText` writes it for a terminal. Where the batch
/// fails, `Remnant` is the part of the graph that can run without what failed.
package dev.headrace.graph.inspect;
