package dev.headrace.operators.python;

/// An exception that a Python function raised. Its message is what Python would print: the
/// traceback, from the first frame of the user's own code on, with source lines.
public final class PythonException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String type;
    private final String text;

    /// @param type the exception's type, as in `ValueError`
    /// @param text its message
    /// @param traceback as Python prints it
    PythonException(String type, String text, String traceback) {
        super(traceback, null, false, false); // where it was thrown in Java says nothing
        this.type = type;
        this.text = text;
    }

    /// The exception's type, as in `ValueError` or `numpy.exceptions.AxisError`.
    public String type() {
        return type;
    }

    /// The exception's own message, without the traceback.
    public String text() {
        return text;
    }
}
