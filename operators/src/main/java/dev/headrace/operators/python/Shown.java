package dev.headrace.operators.python;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.Hold;
import java.util.LinkedHashMap;
import java.util.Map;

/// The inputs that one request shows to Python: their memory is kept as long as Python sees it.
/// Used by one thread.
final class Shown {
    private final Loans loans;
    private final Map<Long, Hold> holds = new LinkedHashMap<>();

    Shown(Loans loans) {
        this.loans = loans;
    }

    /// Shows an input.
    ///
    /// @return the number of its loan
    /// @throws BadBatch if Python sees too much already
    long add(Hold input) {
        long loan = loans.add(input);
        holds.put(loan, input);
        return loan;
    }

    /// The request was not made after all: nobody sees anything.
    void takeBack() {
        holds.keySet().forEach(loans::ended);
    }

    /// The request is over: what Python still sees counts from now on as held by the user.
    void outlive() {
        holds.forEach(
                (loan, hold) -> {
                    if (loans.isOut(loan)) {
                        hold.outlive();
                    }
                });
    }
}
