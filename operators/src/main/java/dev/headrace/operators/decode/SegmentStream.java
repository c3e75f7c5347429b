package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import javax.imageio.stream.ImageInputStreamImpl;

/// Native memory as ImageIO reads it: no temporary file, no copy.
final class SegmentStream extends ImageInputStreamImpl {
    private final MemorySegment segment;

    SegmentStream(MemorySegment segment) {
        this.segment = segment;
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        return streamPos < segment.byteSize()
                ? Byte.toUnsignedInt(segment.get(JAVA_BYTE, streamPos++))
                : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        checkClosed();
        bitOffset = 0;
        int count = (int) Math.min(length, segment.byteSize() - streamPos);
        if (count <= 0) {
            return length == 0 ? 0 : -1;
        }
        MemorySegment.copy(segment, JAVA_BYTE, streamPos, to, offset, count);
        streamPos += count;
        return count;
    }

    @Override
    public long length() {
        return segment.byteSize();
    }
}
