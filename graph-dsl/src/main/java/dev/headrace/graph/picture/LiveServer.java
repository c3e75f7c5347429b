package dev.headrace.graph.picture;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.io.BaseEncoding;
import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.Uninterruptibles;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/// Answers browsers on this machine: pages and pictures once, events for as long as they stay.
///
/// Only the loopback address is bound, every path begins with a random token, and only what is read
/// can be asked for. All work is done on platform threads whose names begin with `headrace live`,
/// so that their CPU clocks tell what it costs.
final class LiveServer implements AutoCloseable {
    /// How many browsers may listen to events at once: {@value}.
    static final int MOST_LISTENERS = 8;

    /// How many more requests are answered at once: {@value}.
    private static final int MOST_ANSWERS = 4;

    /// How long closing waits for answers to end.
    private static final Duration LAST_WORD = Duration.ofSeconds(1);

    private static final int TOKEN_BYTES = 16;
    private static final Splitter.MapSplitter QUERY =
            Splitter.on('&').omitEmptyStrings().withKeyValueSeparator(Splitter.on('=').limit(2));

    /// What is answered.
    ///
    /// @param status of HTTP
    /// @param type the media type
    /// @param body all of it
    record Answer(int status, String type, byte[] body) {
        static Answer text(int status, String message) {
            return new Answer(status, "text/plain; charset=utf-8", message.getBytes(UTF_8));
        }
    }

    /// What is served. Called from several threads.
    interface Content {
        /// The answer to a path behind the token, such as `sheet`; empty for the page itself.
        Answer answer(String path, Map<String, String> query) throws IOException;

        /// What listeners are told now: one line.
        String event();
    }

    private final Content content;
    private final HttpServer server;
    private final ExecutorService threads;
    private final String token;
    private final Semaphore free = new Semaphore(MOST_LISTENERS);

    // guarded by this
    private String latest = "";
    private long told;
    private int listeners;
    private boolean closed;

    /// Begins to answer.
    ///
    /// @throws UncheckedIOException if no port can be bound
    LiveServer(Content content) {
        this(content, InetAddress.getLoopbackAddress());
    }

    /// The same at one of the loopback addresses.
    LiveServer(Content content, InetAddress loopback) {
        this.content = content;
        var bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        token = BaseEncoding.base16().lowerCase().encode(bytes);
        ThreadFactory named = Thread.ofPlatform().daemon().name("headrace live ", 0).factory();
        threads = Executors.newFixedThreadPool(MOST_LISTENERS + MOST_ANSWERS, named);
        server = bind(loopback, named);
    }

    private HttpServer bind(InetAddress loopback, ThreadFactory daemons) {
        // the server's own thread is a daemon if the one that starts it is
        var started =
                new FutureTask<>(
                        () -> {
                            var made = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
                            made.createContext("/", this::handle);
                            made.setExecutor(threads);
                            made.start();
                            return made;
                        });
        daemons.newThread(started).start();
        try {
            return Uninterruptibles.getUninterruptibly(started);
        } catch (ExecutionException failure) {
            threads.shutdownNow();
            throw new UncheckedIOException(
                    "no port of this machine can be bound for a live page",
                    new IOException(failure.getCause()));
        }
    }

    /// Where the page is.
    URI address() {
        var bound = server.getAddress();
        return URI.create("http://%s:%s/%s/".formatted(host(), bound.getPort(), token));
    }

    private String host() {
        return InetAddresses.toUriString(server.getAddress().getAddress());
    }

    /// Waits until somebody listens, or it is closed.
    ///
    /// @return false if it is closed
    synchronized boolean awaitListener() throws InterruptedException {
        while (listeners == 0 && !closed) {
            wait();
        }
        return !closed;
    }

    /// Tells all listeners how things are now. One that is slow is told the newest only.
    void tell() {
        var event = content.event();
        synchronized (this) {
            latest = event;
            told++;
            notifyAll();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            if (!isMeant(exchange)) {
                send(exchange, Answer.text(403, "this page is for browsers on this machine"));
            } else if (!isKnown(path)) {
                send(exchange, Answer.text(404, "no page; its address has a token of 32 digits"));
            } else if (!exchange.getRequestMethod().equals("GET")) {
                send(exchange, Answer.text(405, "this page can only be read"));
            } else if (path.endsWith("/events")) {
                listen(exchange);
            } else {
                send(exchange, answer(path.substring(path.indexOf('/', 1) + 1), exchange));
            }
        }
    }

    /// Whether the browser means this machine by name, not some other that was made to point here.
    private boolean isMeant(HttpExchange exchange) {
        var named = exchange.getRequestHeaders().getFirst("Host");
        var port = ":" + server.getAddress().getPort();
        return (host() + port).equals(named) || ("localhost" + port).equals(named);
    }

    private boolean isKnown(String path) {
        int end = path.indexOf('/', 1);
        return end > 0
                && MessageDigest.isEqual(
                        path.substring(1, end).getBytes(UTF_8), token.getBytes(UTF_8));
    }

    private Answer answer(String within, HttpExchange exchange) throws IOException {
        Map<String, String> query;
        try {
            query = query(exchange.getRequestURI().getRawQuery());
        } catch (IllegalArgumentException malformed) {
            return Answer.text(400, "no query: " + malformed.getMessage());
        }
        return content.answer(within, query);
    }

    private static Map<String, String> query(String raw) {
        var query = new LinkedHashMap<String, String>();
        if (raw != null) {
            QUERY.split(raw)
                    .forEach((key, value) -> query.put(key, URLDecoder.decode(value, UTF_8)));
        }
        return query;
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        head(exchange, answer.type());
        int length = answer.body().length;
        exchange.sendResponseHeaders(answer.status(), length == 0 ? -1 : length);
        exchange.getResponseBody().write(answer.body());
    }

    private static void head(HttpExchange exchange, String type) {
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
    }

    /// Sends an event now, and each that follows, until one side has had enough. See
    /// https://html.spec.whatwg.org/multipage/server-sent-events.html.
    private void listen(HttpExchange exchange) throws IOException {
        if (!free.tryAcquire()) {
            send(
                    exchange,
                    Answer.text(
                            503,
                            MOST_LISTENERS + " browsers look at this page; close one of them"));
            return;
        }
        long seen = begin();
        try {
            head(exchange, "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            write(exchange, content.event());
            while (true) {
                String event;
                synchronized (this) {
                    while (told == seen && !closed) {
                        wait();
                    }
                    if (closed) {
                        break;
                    }
                    seen = told;
                    event = latest;
                }
                write(exchange, event);
            }
            exchange.getResponseBody().write("event: end\ndata:\n\n".getBytes(UTF_8));
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    private static void write(HttpExchange exchange, String event) throws IOException {
        var body = exchange.getResponseBody();
        body.write(("data: " + event + "\n\n").getBytes(UTF_8));
        body.flush();
    }

    private synchronized long begin() {
        listeners++;
        notifyAll();
        return told;
    }

    private synchronized void end() {
        listeners--;
        free.release();
    }

    /// Ends all answers. Listeners are told, unless they are too slow to hear it. Closing twice
    /// does nothing.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        threads.shutdown();
        try {
            threads.awaitTermination(LAST_WORD.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        server.stop(0);
        threads.shutdownNow();
    }
}
