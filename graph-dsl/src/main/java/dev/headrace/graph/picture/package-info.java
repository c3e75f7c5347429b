/// Drawings of graphs, for looking at them: DOT, Mermaid, SVG, and one HTML file.
///
/// Begin with [dev.headrace.graph.picture.Picture]. What is drawn is a `Drawing`, made of a graph
/// by `Asked` and of a plan by `Planned`; `Layout` says where it lies, and each format is a class
/// that writes it.
package dev.headrace.graph.picture;
