package dev.headrace.operators.python;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;

/// Messages over the socket of a worker process: the length of the body in 8 bytes of native order,
/// a letter, the body. It is the other side of `headrace/_worker.py`. Used by one thread at a time.
final class Frames implements AutoCloseable {
    /// What a frame is about.
    ///
    /// The worker is asked to OPEN a node, to MAP the shared memory, to RUN a request, and says
    /// DONE or FAILED. Before it does, it may ask a QUESTION, which is GIVEN an answer or
    /// REFUSED, tell its PROGRESS, or which loans have ENDED.
    enum Kind {
        OPEN('O'),
        MAP('M'),
        RUN('R'),
        GIVEN('G'),
        REFUSED('X'),
        DONE('D'),
        FAILED('F'),
        QUESTION('Q'),
        PROGRESS('P'),
        ENDED('E');

        private final byte letter;

        Kind(char letter) {
            this.letter = (byte) letter;
        }

        private static Kind of(byte letter) throws IOException {
            for (var kind : values()) {
                if (kind.letter == letter) {
                    return kind;
                }
            }
            throw new IOException("a frame of no kind: " + letter);
        }
    }

    /// A message.
    record Frame(Kind kind, byte[] body) {}

    /// The longest body in bytes: {@value}.
    static final int MOST_BYTES = 1 << 30;

    private static final int HEAD_BYTES = 9;

    private final SocketChannel channel;

    Frames(SocketChannel channel) {
        this.channel = channel;
    }

    /// Sends a message.
    ///
    /// @param length how many bytes of the body count
    /// @throws IOException if the other side has hung up
    void send(Kind kind, byte[] body, int length) throws IOException {
        if (length > MOST_BYTES) {
            throw new IllegalArgumentException("a message of " + length + " bytes");
        }
        var head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.nativeOrder());
        head.putLong(length).put(kind.letter).flip();
        var parts = new ByteBuffer[] {head, ByteBuffer.wrap(body, 0, length)};
        while (parts[0].hasRemaining() || parts[1].hasRemaining()) {
            channel.write(parts);
        }
    }

    /// Waits for a message.
    ///
    /// @throws IOException if the other side has hung up, or sends something else
    Frame receive() throws IOException {
        var head = ByteBuffer.wrap(exactly(HEAD_BYTES)).order(ByteOrder.nativeOrder());
        long length = head.getLong();
        var kind = Kind.of(head.get());
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException("a frame of " + length + " bytes");
        }
        return new Frame(kind, exactly((int) length));
    }

    private byte[] exactly(int length) throws IOException {
        var bytes = new byte[length];
        var rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            if (channel.read(rest) < 0) {
                throw new EOFException("the other side has hung up");
            }
        }
        return bytes;
    }

    /// Hangs up. Whoever waits for a message is told.
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
