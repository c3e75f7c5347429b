package dev.headrace.operators.python;

import dev.headrace.engine.error.BadGraph;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/// A Python on this machine, as it described itself.
///
/// @param executable the interpreter, by a full path
/// @param version such as 3.11.7
/// @param prefix where its packages are; interpreters of one prefix are one environment
/// @param virtual whether it is a virtual environment
/// @param numpy the version of NumPy in it, or "" where there is none
/// @param jep the version of Jep in it, or ""
/// @param library the shared library of the interpreter, or null
/// @param jepLibrary Jep's native library, or null
record PythonEnvironment(
        Path executable,
        String version,
        Path prefix,
        boolean virtual,
        String numpy,
        String jep,
        Path library,
        Path jepLibrary) {

    /// What answered well, by the interpreter that was asked: asked once a process. One that
    /// lacks something is asked again, since it may have been mended.
    private static final Map<Path, PythonEnvironment> FOUND = new ConcurrentHashMap<>();

    /// The Python to run in this process.
    ///
    /// @throws BadGraph if there is none with all that is needed, with all places tried
    static PythonEnvironment forThisProcess() {
        return find(PythonNeed.THIS_PROCESS);
    }

    /// The Python to run in processes of its own, which need less.
    ///
    /// @throws BadGraph if there is none with all that is needed, with all places tried
    static PythonEnvironment forWorkers() {
        return find(PythonNeed.WORKERS);
    }

    private static PythonEnvironment find(PythonNeed need) {
        return find(need, System::getProperty, System::getenv);
    }

    /// @param property the JVM's properties
    /// @param variable the process's environment
    static PythonEnvironment find(
            PythonNeed need, UnaryOperator<String> property, UnaryOperator<String> variable) {
        var search = new PythonSearch(need, property, variable, FOUND);
        return search.run();
    }

    /// Whether this is the environment that another interpreter belongs to as well.
    boolean isSameAs(PythonEnvironment other) {
        return prefix.equals(other.prefix) && version.equals(other.version);
    }

    /// Such as "Python 3.11.7 of /home/me/.venv".
    @Override
    public String toString() {
        return "Python " + version + " of " + prefix;
    }
}
