/// From what was asked to what runs: passes over a graph, each with one reason, and the plan that
/// they give.
///
/// Begin with [dev.headrace.engine.plan.Plan].
package dev.headrace.engine.plan;
