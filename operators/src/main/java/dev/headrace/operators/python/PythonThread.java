package dev.headrace.operators.python;

import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import jep.JepException;
import jep.SharedInterpreter;
import jep.python.PyCallable;

/// An interpreter of one thread: all of them share modules, objects and Python's lock. Opened,
/// used and closed by the same platform thread, which has one of them at a time.
final class PythonThread implements AutoCloseable {
    private final SharedInterpreter interpreter;

    /// One for the calling thread.
    ///
    /// @param process where Python was started
    PythonThread(PythonProcess process) {
        checkNotNull(process);
        checkState(!Thread.currentThread().isVirtual(), "Python needs a platform thread");
        interpreter = new SharedInterpreter();
    }

    /// A function of a module, which is imported if it is not yet. To be kept: finding it takes
    /// longer than calling it. It may be called by the thread of any [PythonThread].
    ///
    /// @throws JepException what Python raised
    PyCallable callable(String module, String name) {
        return interpreter.getValue(
                "__import__('importlib').import_module('%s').%s".formatted(module, name),
                PyCallable.class);
    }

    /// Runs source text with one value by name, in a scope of its own.
    ///
    /// @throws JepException what Python raised
    void run(String source, String name, Object value) {
        interpreter.set(name, value);
        interpreter.exec(source);
    }

    /// Closes the interpreter, on its own thread. What it made lives on.
    @Override
    public void close() {
        interpreter.close();
    }
}
