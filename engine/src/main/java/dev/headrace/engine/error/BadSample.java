package dev.headrace.engine.error;

/// One sample that cannot be used; the rest of the batch can go on.
///
/// Thrown by operators. What follows is the pipeline's policy for bad samples: to fail the
/// iteration, to take another sample, or to take a given value.
public final class BadSample extends HeadraceException {
    private static final long serialVersionUID = 1;

    /// A failure whose place is not known yet.
    public BadSample(String what) {
        this(what, null, null);
    }

    /// A failure begun by another, whose place is not known yet.
    public BadSample(String what, Throwable cause) {
        this(what, null, cause);
    }

    /// A failure with its place.
    ///
    /// @param where the place, or null while unknown
    /// @param cause what began it, or null
    public BadSample(String what, Where where, Throwable cause) {
        super(what, where, cause);
    }
}
