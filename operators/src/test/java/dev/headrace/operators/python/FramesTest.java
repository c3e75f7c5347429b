package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.operators.python.Frames.Kind;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Messages over a socket, and what is no message.
@Timeout(60)
class FramesTest {
    @TempDir private Path folder;
    private SocketChannel other;
    private Frames frames;

    @BeforeEach
    void connect() throws IOException {
        var address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            other = SocketChannel.open(address);
            frames = new Frames(server.accept());
        }
        Files.delete(address.getPath());
    }

    @AfterEach
    void hangUp() throws IOException {
        other.close();
        frames.close();
    }

    @Test
    void eachKindArrivesWhole() throws Exception {
        try (var there = new Frames(other)) {
            for (var kind : Kind.values()) {
                var body = new byte[kind.ordinal() * 100_000];
                new Random(7).nextBytes(body);
                var sender =
                        Thread.startVirtualThread(
                                () -> {
                                    try {
                                        there.send(kind, body, body.length);
                                    } catch (IOException failure) {
                                        throw new AssertionError(failure);
                                    }
                                });
                var frame = frames.receive();
                sender.join();
                assertEquals(kind, frame.kind());
                assertArrayEquals(body, frame.body());
            }
        }
    }

    private String refusal(long length, int letter) throws IOException {
        var head = ByteBuffer.allocate(9).order(ByteOrder.nativeOrder());
        other.write(head.putLong(length).put((byte) letter).flip());
        return assertThrows(IOException.class, frames::receive).getMessage();
    }

    @Test
    void whatIsNoMessageIsRefusedBeforeMemoryIsGivenToIt() throws Exception {
        assertEquals("a frame of no kind: 1", refusal(0, 1));
        assertEquals("a frame of -1 bytes", refusal(-1, 'D'));
        assertEquals("a frame of 1073741825 bytes", refusal((1L << 30) + 1, 'D'));
        assertEquals("a frame of 4294967296 bytes", refusal(1L << 32, 'D'));
        assertEquals(
                "a message of 1073741825 bytes",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> frames.send(Kind.RUN, new byte[0], (1 << 30) + 1))
                        .getMessage());
    }

    @Test
    void anEndInTheMiddleIsTold() throws Exception {
        var head = ByteBuffer.allocate(9).order(ByteOrder.nativeOrder());
        other.write(head.putLong(10).put((byte) 'D').flip());
        other.write(ByteBuffer.wrap(new byte[3]));
        other.close();
        assertEquals(
                "the other side has hung up",
                assertThrows(IOException.class, frames::receive).getMessage());
    }
}
