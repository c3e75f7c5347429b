/// Programs that show Headrace at work, and the command line that runs them. Begin with
/// [dev.headrace.examples.Train].
package dev.headrace.examples;
