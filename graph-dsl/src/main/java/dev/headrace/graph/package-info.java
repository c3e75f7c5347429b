/// Writing a graph. Begin with [dev.headrace.graph.Graph].
package dev.headrace.graph;
