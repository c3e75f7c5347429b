package dev.headrace.engine.error;

import java.util.Optional;

/// A failure that a user of Headrace can act on; the subtypes say what is lost.
///
/// The message says what was expected and what was found; a second line says where, once that is
/// known. The exception that began it, if another did, is the cause.
public abstract sealed class HeadraceException extends RuntimeException
        permits BadGraph, BadSample, BadBatch, NoRoom {
    private static final long serialVersionUID = 1;

    private final String what;
    private final transient Where where;

    HeadraceException(String what, Where where, Throwable cause) {
        super(where == null ? what : what + "\n  at " + where, cause);
        this.what = what;
        this.where = where;
    }

    /// What went wrong, without the place.
    public String what() {
        return what;
    }

    /// Where it went wrong, if known.
    public Optional<Where> where() {
        return Optional.ofNullable(where);
    }
}
