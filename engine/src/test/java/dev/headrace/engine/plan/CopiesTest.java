package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CopiesTest {
    private static String levels(String drawing) {
        return Drawn.draw(after(Copies.class, drawing), node -> " @" + node.level);
    }

    @Test
    void countsTheBatchOperatorsOnTheLongestPath() {
        assertEquals(
                """
                s = Source @0
                a = Copy(s) @0
                b = Batch(a) @0
                c = Join(a, b) @1
                d = Ordered(c) @1
                e = Scale(a | d) @2
                f = Join(a, s) @0
                out x = e
                out y = f
                """,
                levels(
                        """
                        s = Source
                        a = Copy(s)
                        b = Batch(a)
                        c = Join(a, b)
                        d = Ordered(c)
                        e = Scale(a | d)
                        f = Join(a, s)
                        out x = e
                        out y = f
                        """));
    }

    @Test
    void whatReadsNothingWaitsForAStream() {
        assertEquals(
                """
                c = Coin @1
                t = Source @1
                s = Stream @0
                r = Stream @0
                d = Copy(c) @1
                b = Batch @1
                j = Join(d, s, b) @2
                k = Join(r, 3) @1
                out x = j
                out y = t
                out z = k
                """,
                levels(
                        """
                        c = Coin
                        t = Source
                        s = Stream
                        r = Stream
                        d = Copy(c)
                        b = Batch
                        j = Join(d, s, b)
                        k = Join(r, 3)
                        out x = j
                        out y = t
                        out z = k
                        """));
    }

    private static String shared(String drawing) {
        return Drawn.draw(
                after(Copies.class, drawing),
                node -> {
                    var text = new StringBuilder();
                    for (var out : node.outs) {
                        text.append(out.shared ? " shared" : " -");
                        text.append(out.pinned ? "+pinned" : "");
                    }
                    return text.toString();
                });
    }

    @Test
    void whatAnOperatorThatSharesMemoryReadsOrMakesIsShared() {
        assertEquals(
                """
                s = Source - shared
                a = Copy(s) shared
                b = Batch(a) -
                p = Pair(b) - shared
                f = Shared(a, p.right | s.label) shared shared
                c = Copy(f.right) -
                out x = c
                out y = f
                """,
                shared(
                        """
                        s = Source
                        a = Copy(s)
                        b = Batch(a)
                        p = Pair(b)
                        f = Shared(a, p.right | s.label)
                        c = Copy(f.right)
                        out x = c
                        out y = f
                        """));
        assertEquals(
                """
                s = Source shared -
                f = Shared(s, 3) - shared
                c = Copy(f.right) -
                out x = c
                """,
                shared(
                        """
                        s = Source
                        f = Shared(s, 3)
                        c = Copy(f.right)
                        out x = c
                        """));
    }

    @Test
    void whatADeviceReadsTooIsPinned() {
        assertEquals(
                """
                s = Source shared+pinned shared
                f = Shared(s | s.label) shared shared+pinned
                f.right on gpu(0) = Transfer(f.right) -
                a = Join(f.right on gpu(0), s.image on gpu(0)) -
                s.image on gpu(0) = Transfer(s) -
                down = Transfer(a) shared+pinned
                g = Shared(down | s.label) - shared
                out x = f
                out y = g.right
                """
                        .lines()
                        .sorted()
                        .toList(),
                shared(
                                """
                                s = Source
                                f = Shared(s | s.label)
                                a = Join(f.right, s) gpu=0
                                down = Transfer(a) host
                                g = Shared(down | s.label)
                                out x = f
                                out y = g.right
                                """)
                        .lines()
                        .sorted()
                        .toList());
    }

    private static String places(String drawing) {
        return Drawn.draw(
                after(Copies.class, drawing),
                node ->
                        " %s @%s%s"
                                .formatted(
                                        node.device,
                                        node.level,
                                        node.outs.stream().anyMatch(out -> out.pinned)
                                                ? " pinned"
                                                : ""));
    }

    @Test
    void oneCopyServesAllReadersOnADevice() {
        assertEquals(
                """
                s = Source host @0 pinned
                s.image on gpu(0) = Transfer(s) gpu(0) @1
                a = Add(1, s.image on gpu(0)) gpu(0) @1
                b = Add(2, s.image on gpu(0)) gpu(0) @1
                s.image on gpu(1) = Transfer(s) gpu(1) @1
                c = Add(1, s.image on gpu(1)) gpu(1) @1
                d = Add(3, s) host @0
                out x = a
                out y = b
                out z = c
                out w = d
                """
                        .replaceAll("Add\\((\\d), ", "Add[$1]("),
                places(
                        """
                        s = Source
                        a = Add[1](s) gpu=0
                        b = Add[2](s) gpu=0
                        c = Add[1](s) gpu=1
                        d = Add[3](s)
                        out x = a
                        out y = b
                        out z = c
                        out w = d
                        """));
    }

    @Test
    void aDeviceIsInheritedAndLeftByACopyBack() {
        assertEquals(
                """
                s = Source host @0 pinned
                up = Transfer(s) gpu(0) @1
                a = Copy(up) gpu(0) @1
                b = Copy(a) gpu(0) @1
                down = Transfer(b) host @2 pinned
                c = Grey(down) host @2
                out x = c
                """,
                places(
                        """
                        s = Source
                        up = Transfer(s) gpu=0
                        a = Copy(up)
                        b = Copy(a)
                        down = Transfer(b) host
                        c = Grey(down)
                        out x = c
                        """));
    }

    @Test
    void argumentsAreReadOnTheHostAndDecideNoPlace() {
        assertEquals(
                """
                s = Source host @0 pinned
                k = Coin gpu(0) @0
                k on host = Transfer(k) host @1 pinned
                a = Scale(s | k on host) host @1
                s.image on gpu(0) = Transfer(s) gpu(0) @1
                b = Scale(s.image on gpu(0) | s.label) gpu(0) @1
                out x = a
                out y = b
                """,
                places(
                        """
                        s = Source
                        k = Coin gpu=0
                        a = Scale(s | k)
                        b = Scale(s | s.label) gpu=0
                        out x = a
                        out y = b
                        """));
    }

    @Test
    void whatAKernelsOperatorReadsOnTheHostIsThere() {
        assertEquals(
                """
                s = Source host @0 pinned
                a = Encode(s.label, 3) gpu(0) @1
                s.label on gpu(0) = Transfer(s.label) gpu(0) @1
                c = Copy(s.label on gpu(0)) gpu(0) @1
                c on host = Transfer(c) host @2 pinned
                b = Encode(c on host, c) gpu(0) @3
                out x = a
                out y = b
                """,
                places(
                        """
                        s = Source
                        a = Encode(s.label, 3) gpu=0
                        c = Copy(s.label) gpu=0
                        b = Encode(c, c)
                        out x = a
                        out y = b
                        """));
    }

    @Test
    void whatIsReadForItsSpecStaysWhereItIs() {
        assertEquals(
                """
                s = Source host @0 pinned
                s.image on gpu(0) = Transfer(s) gpu(0) @1
                a = Copy(s.image on gpu(0)) gpu(0) @1
                h = Size(a, s.label) host @2
                out x = h
                """,
                places(
                        """
                        s = Source
                        a = Copy(s) gpu=0
                        h = Size(a, s.label)
                        out x = h
                        """));
    }

    @Test
    void aTransferOfWhatLiesThereIsLeftOut() {
        var drawing =
                """
                s = Source
                h = Transfer(s.label) host
                a = Copy(h)
                u = Transfer(a) gpu=0
                v = Transfer(u) gpu=0
                b = Copy(v)
                out x = b
                out y = h
                """;
        assertEquals(
                """
                s = Source host @0
                a = Copy(s.label) host @0 pinned
                u = Transfer(a) gpu(0) @1
                b = Copy(u) gpu(0) @1
                out x = b
                out y = s.label
                """,
                places(drawing));
        var plan = Plan.of(Drawn.graph(drawing), Drawn.OPTIONS);
        assertEquals(new Fate.There("s", 1), plan.fates().get("h"));
        assertEquals(new Fate.There("u", 0), plan.fates().get("v"));
    }

    @Test
    void aReaderTakesTheCopyThatTheUserWrote() {
        assertEquals(
                """
                s = Source host @0 pinned
                u = Transfer(s) gpu(0) @1
                a = Copy(u) gpu(0) @1
                b = Copy(u) gpu(0) @1
                out x = a
                out y = b
                """
                        .replace("b = Copy(u)", "b = Pair(u)"),
                places(
                        """
                        s = Source
                        a = Copy(s) gpu=0
                        u = Transfer(s) gpu=0
                        b = Pair(u)
                        out x = a
                        out y = b
                        """));
    }

    @Test
    void whatIsLookedAtIsCopiedToTheHost() {
        var draft = after(Copies.class, "s = Source; a = Copy(s) gpu=0 peek; out x = a");
        assertEquals(
                """
                s = Source
                s.image on gpu(0) = Transfer(s)
                a = Copy(s.image on gpu(0))
                a on host = Transfer(a)
                out x = a
                """,
                Drawn.draw(draft));
        assertEquals("a on host", draft.peeks.get("a").name());
    }
}
