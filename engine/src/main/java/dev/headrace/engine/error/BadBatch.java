package dev.headrace.engine.error;

/// One iteration that cannot be completed; the pipeline goes on with the next.
public final class BadBatch extends HeadraceException {
    private static final long serialVersionUID = 1;

    /// A failure whose place is not known yet.
    public BadBatch(String what) {
        this(what, null, null);
    }

    /// A failure begun by another, whose place is not known yet.
    public BadBatch(String what, Throwable cause) {
        this(what, null, cause);
    }

    /// A failure with its place.
    ///
    /// @param where the place, or null while unknown
    /// @param cause what began it, or null
    public BadBatch(String what, Where where, Throwable cause) {
        super(what, where, cause);
    }
}
