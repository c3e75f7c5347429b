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

    /// What an expression gives, as Jep turns it into Java.
    ///
    /// @throws JepException what Python raised
    Object value(String expression) {
        return interpreter.getValue(expression);
    }

    /// Gives a value a name, for [#run] and [#value].
    void set(String name, Object value) {
        interpreter.set(name, value);
    }

    /// Runs source text, whose names stay with this interpreter.
    ///
    /// @throws JepException what Python raised
    void run(String source) {
        interpreter.exec(source);
    }

    /// Closes the interpreter, on its own thread. What it made lives on.
    @Override
    public void close() {
        interpreter.close();
    }
}
