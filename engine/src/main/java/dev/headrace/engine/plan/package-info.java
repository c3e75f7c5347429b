/// From what was asked to what runs: passes over a graph, each with one reason, and the plan that
/// they give.
///
/// Begin with [dev.headrace.engine.plan.Plan]; the passes, in order, stand in `Planner`, and what
/// they work on is `Draft`.
package dev.headrace.engine.plan;
