package dev.headrace.operators.python;

/// What a worker process asks during a request. A refusal is told to the function as a
/// `MemoryError`.
interface Questions {
    /// The block of an output.
    String block(int output);

    /// Memory of the pipeline's own.
    String lend(long bytes);

    /// Memory for one sample of an output.
    String make(int output, int sample, String spec);

    /// The seeds of the request's samples.
    String seeds();

    /// Loans that have ended, by number.
    void ended(long[] loans);

    /// Answers a question as it comes over the wire: a name and numbers, with spaces between.
    default String answer(String question) {
        var words = question.split(" ", 4);
        return switch (words[0]) {
            case "block" -> block(Integer.parseInt(words[1]));
            case "lend" -> lend(Long.parseLong(words[1]));
            case "make" -> make(Integer.parseInt(words[1]), Integer.parseInt(words[2]), words[3]);
            case "seeds" -> seeds();
            default -> throw new IllegalArgumentException("a question " + question);
        };
    }
}
