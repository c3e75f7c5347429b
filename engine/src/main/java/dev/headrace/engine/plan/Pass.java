package dev.headrace.engine.plan;

/// One step from what was asked to what runs, with one reason.
///
/// A pass changes the draft in place, says what it did ([Draft#say]) and what is wrong
/// ([Draft#problem]), and stops where it cannot go on with what is wrong ([Draft#refuse]).
interface Pass {
    /// One word, the heading of what it says.
    String name();

    /// Does it.
    ///
    /// @throws dev.headrace.engine.error.BadGraph with all that is wrong so far
    void apply(Draft draft);
}
