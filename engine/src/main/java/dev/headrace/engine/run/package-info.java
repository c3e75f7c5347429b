/// Running a plan, batch after batch.
///
/// Begin with [dev.headrace.engine.run.Pipeline], which users see. Behind it, `Flow` orders the
/// iterations, `Steps` starts what is ready, `SampleRun` and `BatchRun` call operators, and
/// `Resources` holds what all iterations share.
package dev.headrace.engine.run;
