package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class JobTest {
    @Test
    void allAreMeasuredWhereNoneIsNamed() {
        assertEquals(Job.ALL, Job.named(Job.names()));
    }

    @Test
    void thoseNamedAreMeasuredInTheirOwnOrder() {
        assertEquals(
                List.of("train", "large", "cold"),
                Job.named(List.of("cold", " train", "large ")).stream().map(Job::name).toList());
    }

    @Test
    void refusesANameThatIsNone() {
        assertEquals(
                "there is no job \"tran\"; jobs are decode, train, fused, large, gpu, scheduling,"
                        + " chain, first, cold",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Job.named(List.of("train", "tran")))
                        .getMessage());
    }
}
