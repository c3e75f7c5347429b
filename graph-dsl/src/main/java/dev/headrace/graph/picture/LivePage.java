package dev.headrace.graph.picture;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.graph.picture.LiveServer.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// A page that shows a pipeline while it runs: the drawing of its plan with rates, times by node,
/// queues, memory and errors, and the images of the batch that training works on now.
///
/// ```java
/// try (var pipeline = graph.build(options);
///         var page = LivePage.of(pipeline).serve()) {
///     System.out.println(page.address());
///     …
/// }
/// ```
///
/// Only browsers on this machine can see it, and only with its address, which holds a random token.
/// It is read-only: nothing of the pipeline can be changed by it. What is shown is worked out once
/// a second, and only while somebody looks; a node's values inside the graph are shown if it says
/// [dev.headrace.graph.Node#peek()]. Safe to use from any thread.
public final class LivePage implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(1);

    /// How long to wait for the next batch where the consumer has none.
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Pipeline pipeline;
    private final Shown shown = new Shown();
    private LiveServer server; // guarded by this
    private Thread clock; // guarded by this

    private LivePage(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /// A page about a pipeline, not served yet.
    public static LivePage of(Pipeline pipeline) {
        return new LivePage(pipeline);
    }

    /// Serves it at a free port of this machine until it is closed. Of a pipeline that was closed
    /// it shows the end.
    ///
    /// @throws java.io.UncheckedIOException if no port can be bound
    /// @throws IllegalStateException if it is served, or was
    public synchronized LivePage serve() {
        if (server != null) {
            throw new IllegalStateException("this page is served at " + server.address());
        }
        server = new LiveServer(shown);
        var told = server;
        clock = Thread.ofPlatform().daemon().name("headrace live clock").start(() -> tick(told));
        return this;
    }

    private static void tick(LiveServer server) {
        try {
            while (server.awaitListener()) {
                Thread.sleep(EVERY);
                server.tell();
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /// Where the page is, as in `http://127.0.0.1:40123/0f…/`.
    ///
    /// @throws IllegalStateException if it is not served
    public synchronized URI address() {
        if (server == null) {
            throw new IllegalStateException("this page is not served; call serve()");
        }
        return server.address();
    }

    /// Ends it: nobody looks at the pipeline any more. Closing twice does nothing.
    @Override
    public synchronized void close() {
        if (server != null) {
            clock.interrupt();
            server.close();
            Uninterruptibles.joinUninterruptibly(clock);
        }
    }

    /// What browsers get.
    private final class Shown implements LiveServer.Content {
        @Override
        public Answer answer(String path, Map<String, String> query) throws IOException {
            return switch (path) {
                case "" -> new Answer(200, "text/html; charset=utf-8", page());
                case "sheet" -> sheet(query.getOrDefault("value", ""));
                default -> Answer.text(404, "there is no " + path);
            };
        }

        private byte[] page() {
            var picture = Picture.of(pipeline.plan()).with(pipeline.report());
            return Page.live(picture).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String event() {
            try (var batch = held()) {
                return LiveState.json(pipeline.report(), batch.batch());
            }
        }

        private Answer sheet(String value) throws IOException {
            try (var batch = held()) {
                if (batch.batch().isEmpty()) {
                    return Answer.text(204, ""); // one comes soon
                }
                return LiveState.sheet(batch.batch().get(), value)
                        .map(image -> new Answer(200, "image/jpeg", image))
                        .orElseGet(() -> Answer.text(404, "no images of " + value));
            }
        }

        private Held held() {
            try {
                return new Held(pipeline.look(PATIENCE));
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
                return new Held(Optional.empty());
            }
        }
    }

    /// The batch that the consumer holds now, if there is one.
    private record Held(Optional<Batch> batch) implements AutoCloseable {
        @Override
        public void close() {
            batch.ifPresent(Batch::close);
        }
    }
}
