package dev.headrace.engine.error;

/// Memory that an iteration needs beyond the limit, with who holds the rest.
public final class NoRoom extends HeadraceException {
    private static final long serialVersionUID = 1;

    /// A failure whose place is not known yet.
    public NoRoom(String what) {
        this(what, null, null);
    }

    /// A failure begun by another, whose place is not known yet.
    public NoRoom(String what, Throwable cause) {
        this(what, null, cause);
    }

    /// A failure with its place.
    ///
    /// @param where the place, or null while unknown
    /// @param cause what began it, or null
    public NoRoom(String what, Where where, Throwable cause) {
        super(what, where, cause);
    }
}
