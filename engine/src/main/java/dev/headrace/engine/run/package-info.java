/// Running a plan, batch after batch. Begin with [dev.headrace.engine.run.Pipeline].
package dev.headrace.engine.run;
