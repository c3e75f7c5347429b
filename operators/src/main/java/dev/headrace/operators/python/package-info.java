/// Functions in Python, in this process or in others.
///
/// Begin with [dev.headrace.operators.python.PythonEnvironment], which finds Python, and
/// [dev.headrace.operators.python.PythonProcess], which is Python in this process. Jep is met
/// only here, and Python is looked for only when the first of these functions is.
package dev.headrace.operators.python;
