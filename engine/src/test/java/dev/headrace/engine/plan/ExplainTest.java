package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.OPTIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.spec.BadSamples;
import org.junit.jupiter.api.Test;

class ExplainTest {
    @Test
    void readsWell() {
        var plan =
                Plan.of(
                        Drawn.graph(
                                """
                                photos = Source at=Train.java:3
                                flip = Coin at=Train.java:4
                                image = Decode(photos) at=Train.java:5
                                crop = Crop(image | flip) at=Train.java:6
                                big = Add[2](crop) at=Train.java:7
                                mix = Ordered(big) at=Train.java:8
                                unused = Copy(mix) at=Train.java:9
                                again = Add[2](crop) at=Train.java:10
                                last = Scale(mix | again) at=Train.java:11
                                out image = last
                                out label = photos.label
                                out one = 1
                                """),
                        OPTIONS.badSamples(BadSamples.skip(9)));
        assertEquals("", plan.explain());
    }
}
