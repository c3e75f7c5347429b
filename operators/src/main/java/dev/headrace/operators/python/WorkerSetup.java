package dev.headrace.operators.python;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How the worker processes of a node are started.
///
/// @param python the interpreter
/// @param path where the package `headrace` is, as in `PYTHONPATH`
/// @param node the node's name, told before each line that its processes print
/// @param function the function's name, for messages
/// @param timeLimit for one call of the function
record WorkerSetup(
        Path python, String path, String node, String function, Optional<Duration> timeLimit) {}
