package dev.chord.node.rpc;

import io.netty.buffer.ByteBuf;

/**
 * Finds the frames in one direction of an HTTP/2 connection (RFC 9113, 4.1), however they are cut, and leaves
 * the bytes alone.
 */
final class FrameReader {
    /** What a client says first (RFC 9113, 3.4). */
    static final int PREFACE = 24;

    private static final int HEADER = 9;

    private final Frames frames;
    private final byte[] header = new byte[HEADER];
    private int have;
    private long skip;

    /** Takes frames as their headers have come; false: no more is wanted. */
    interface Frames {
        boolean frame(int type, int flags, int length);
    }

    /** @param skip bytes before the first frame */
    FrameReader(int skip, Frames frames) {
        this.skip = skip;
        this.frames = frames;
    }

    /** The next bytes; false as soon as no more is wanted. */
    boolean read(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at < end) {
            int jump = (int) Math.min(skip, end - at);
            skip -= jump;
            at += jump;
            int part = skip > 0 ? 0 : Math.min(HEADER - have, end - at);
            bytes.getBytes(at, header, have, part);
            have += part;
            at += part;
            if (have == HEADER) {
                have = 0;
                int length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
                skip = length;
                if (!frames.frame(header[3] & 0xff, header[4] & 0xff, length)) {
                    return false;
                }
            }
        }
        return true;
    }
}
