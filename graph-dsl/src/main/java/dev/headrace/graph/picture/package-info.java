/// Drawings of graphs, for looking at them: DOT, Mermaid, SVG, one HTML file, and a live page.
///
/// Begin with [dev.headrace.graph.picture.Picture]. What is drawn is a `Drawing`, made of a graph
/// by `Asked` and of a plan by `Planned`; `Layout` says where it lies, and each format is a class
/// that writes it. [dev.headrace.graph.picture.LivePage] serves the page of a pipeline while it
/// runs. [dev.headrace.graph.picture.TensorPicture] shows a tensor as an image.
package dev.headrace.graph.picture;
