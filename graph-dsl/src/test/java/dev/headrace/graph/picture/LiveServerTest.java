package dev.headrace.graph.picture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.graph.picture.LiveServer.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.TestAbortedException;

/// What browsers get, and who gets nothing.
@Timeout(60)
class LiveServerTest {
    /// Answers with what was asked; events are numbered.
    private static final class Echo implements LiveServer.Content {
        private final AtomicInteger events = new AtomicInteger();
        private String pad = "";

        @Override
        public Answer answer(String path, Map<String, String> query) throws IOException {
            if (path.equals("broken")) {
                throw new IOException("broken");
            }
            return Answer.text(200, path.equals("nothing") ? "" : path + " " + query);
        }

        @Override
        public String event() {
            return events.incrementAndGet() + pad;
        }
    }

    private final Echo content = new Echo();
    private final LiveServer server = new LiveServer(content);
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void end() {
        server.close(); // ends what is still listened to
        client.close();
    }

    private URI at(String path) {
        return server.address().resolve(path);
    }

    private String get(URI address) throws Exception {
        var answer = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    /// The status line of an answer to a request as it is written.
    private String raw(String request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), at("").getPort())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))
                    .readLine();
        }
    }

    private BufferedReader listen() throws Exception {
        var answer =
                client.send(
                        HttpRequest.newBuilder(at("events")).build(), BodyHandlers.ofInputStream());
        assertEquals(200, answer.statusCode());
        assertEquals("text/event-stream", answer.headers().firstValue("content-type").get());
        return reader(answer.body());
    }

    private static BufferedReader reader(InputStream body) {
        return new BufferedReader(new InputStreamReader(body, UTF_8));
    }

    private static String event(BufferedReader events) throws IOException {
        var line = events.readLine();
        assertEquals("", events.readLine());
        return line;
    }

    @Test
    void answersWhatIsAskedBehindTheToken() throws Exception {
        assertTrue(
                server.address().toString().matches("http://127\\.0\\.0\\.1:\\d+/[0-9a-f]{32}/"),
                server.address().toString());
        assertEquals("200  {}", get(server.address()));
        assertEquals("200 sheet {value=a b, n=3}", get(at("sheet?value=a%20b&n=3")));
        assertEquals("200 ", get(at("nothing")));
        var headers =
                client.send(HttpRequest.newBuilder(at("")).build(), BodyHandlers.ofString())
                        .headers();
        assertEquals("no-store", headers.firstValue("cache-control").get());
        assertEquals("nosniff", headers.firstValue("x-content-type-options").get());
        assertEquals("no-referrer", headers.firstValue("referrer-policy").get());
        assertEquals("same-origin", headers.firstValue("cross-origin-resource-policy").get());
    }

    @Test
    void tellsNothingWithoutTheToken() throws Exception {
        for (var path : new String[] {"/", "/x/", "/" + "0".repeat(32) + "/", "/events"}) {
            assertEquals("404 no page; its address has a token of 32 digits", get(at(path)), path);
        }
        var token = server.address().getPath();
        assertTrue(get(at(token.substring(0, token.length() - 1))).startsWith("404"));
        assertTrue(get(at(token.substring(0, 5) + "/")).startsWith("404"));
        assertEquals(0, content.events.get());
        try (var other = new LiveServer(content)) {
            assertNotEquals(token, other.address().getPath());
        }
    }

    @Test
    void canOnlyBeRead() throws Exception {
        for (var method : new String[] {"POST", "PUT", "DELETE", "OPTIONS"}) {
            var request =
                    HttpRequest.newBuilder(at("sheet"))
                            .method(method, HttpRequest.BodyPublishers.ofString("x"))
                            .build();
            assertEquals(405, client.send(request, BodyHandlers.ofString()).statusCode(), method);
        }
    }

    @Test
    void refusesBrowsersThatMeanAnotherHost() throws Exception {
        var line = "GET " + server.address().getPath() + " HTTP/1.1\r\nHost: %s\r\n\r\n";
        int port = server.address().getPort();
        assertEquals("HTTP/1.1 403 Forbidden", raw(line.formatted("evil.example:" + port)));
        assertEquals("HTTP/1.1 403 Forbidden", raw(line.formatted("127.0.0.1")));
        assertEquals("HTTP/1.1 200 OK", raw(line.formatted("127.0.0.1:" + port)));
        assertEquals("HTTP/1.1 200 OK", raw(line.formatted("localhost:" + port)));
    }

    @Test
    void itsAddressIsOneOfTheWebAlsoWhereThisMachineIsNamedInIpv6() throws Exception {
        LiveServer sixth;
        try {
            sixth = new LiveServer(content, InetAddress.ofLiteral("::1"));
        } catch (UncheckedIOException none) {
            throw new TestAbortedException("this machine has no IPv6", none);
        }
        try (sixth) {
            assertEquals("[::1]", sixth.address().getHost());
            assertEquals("200  {}", get(sixth.address()));
        }
    }

    @Test
    void isServedThoughTheThreadThatAsksForItIsInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        try (var another = new LiveServer(content)) {
            assertTrue(Thread.interrupted(), "it is told later");
            assertEquals("200  {}", get(another.address()));
        }
    }

    @Test
    void isBoundToThisMachineAlone() throws IOException {
        for (var network :
                (Iterable<java.net.NetworkInterface>)
                        java.net.NetworkInterface.networkInterfaces()::iterator) {
            for (var own : (Iterable<InetAddress>) network.inetAddresses()::iterator) {
                if (!own.isLoopbackAddress()) {
                    assertFalse(accepts(own), own.toString());
                }
            }
        }
    }

    private boolean accepts(InetAddress own) {
        try (var socket = new Socket(own, server.address().getPort())) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    void whatCannotBeAskedIsTold() throws Exception {
        assertTrue(get(at("sheet?value")).startsWith("400 no query: "));
        assertTrue(get(at("sheet?a=1&a=2")).startsWith("400 no query: "));
        var line = "GET %ssheet?a=%%zz HTTP/1.1\r\nHost: %s\r\n\r\n";
        var answer =
                raw(line.formatted(server.address().getPath(), server.address().getAuthority()));
        assertEquals("HTTP/1.1 400 Bad Request", answer);
    }

    @Test
    void listenersAreToldAtOnceAndThenEachTime() throws Exception {
        try (var events = listen()) {
            assertEquals("data: 1", event(events));
            assertTrue(server.awaitListener());
            server.tell();
            assertEquals("data: 2", event(events));
            server.tell();
            assertEquals("data: 3", event(events));
        }
    }

    @Test
    void aSlowListenerHoldsUpNobody() throws Exception {
        content.pad = "x".repeat(1 << 20);
        try (var slow = new Socket(InetAddress.getLoopbackAddress(), at("").getPort());
                var quick = listen()) {
            slow.getOutputStream()
                    .write(
                            "GET %sevents HTTP/1.1\r\nHost: %s\r\n\r\n"
                                    .formatted(
                                            server.address().getPath(),
                                            server.address().getAuthority())
                                    .getBytes(UTF_8));
            assertTrue(event(quick).startsWith("data: "));
            String last = null;
            for (int i = 0; i < 40; i++) { // more than the buffers between hold
                server.tell();
                last = event(quick);
            }
            assertEquals("data: " + content.events.get(), last.replace("x", ""));
        }
    }

    @Test
    void takesSoManyListenersAndNotOneMore() throws Exception {
        var all = new ArrayList<BufferedReader>();
        for (int i = 0; i < LiveServer.MOST_LISTENERS; i++) {
            all.add(listen());
            event(all.getLast());
        }
        assertEquals("503 8 browsers look at this page; close one of them", get(at("events")));
        assertEquals("200 page {}", get(at("page")), "all else is still answered");
        for (var events : all) {
            events.close();
        }
    }

    @Test
    void closingEndsWhatIsHeardAndLeavesNoThread() throws Exception {
        var events = listen();
        event(events);
        server.close();
        assertEquals("event: end", events.readLine());
        assertEquals("data:", events.readLine());
        assertEquals("", events.readLine());
        assertNull(events.readLine());
        assertFalse(server.awaitListener());
        server.close();
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("headrace live")) {
                thread.join();
            }
        }
        assertFalse(accepts(InetAddress.getLoopbackAddress()));
    }

    @Test
    void aFailureEndsItsAnswerAlone() throws Exception {
        String got;
        try {
            got = get(at("broken"));
        } catch (IOException cut) {
            got = "cut";
        }
        assertTrue(got.equals("cut") || got.startsWith("500"), got);
        assertEquals("200 page {}", get(at("page")));
    }

    @Test
    void itsThreadsKeepNoProgramFromEnding() throws Exception {
        try (var events = listen()) {
            event(events);
            Thread.getAllStackTraces()
                    .keySet()
                    .forEach(
                            thread -> {
                                var name = thread.getName();
                                if (name.startsWith("headrace live") || name.contains("HTTP-D")) {
                                    assertTrue(thread.isDaemon(), name);
                                }
                            });
        }
    }
}
