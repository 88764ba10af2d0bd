package dev.chord.node.rpc;

import dev.chord.client.wire.RingHeaders;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * HTTP/2 by hand, so that a test can say what no library would. One thread reads, and only if that is wanted.
 */
final class RawConnection implements AutoCloseable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME = 16_384;

    private final Socket socket = new Socket();
    private final DataOutputStream out;
    private final Map<Integer, String> status = new ConcurrentHashMap<>();
    private final Map<Integer, Long> windows = new ConcurrentHashMap<>();
    private final DefaultHttp2HeadersDecoder headers = new DefaultHttp2HeadersDecoder();
    private long streamWindow = 65_535;
    private long window = 65_535; // guarded by this
    private volatile boolean closed;
    private volatile int goAway = -1;
    private int nextStream = 1;

    /** Connects and says nothing. */
    RawConnection(InetSocketAddress to) throws IOException {
        socket.connect(to);
        socket.setTcpNoDelay(true);
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** Connects, says who it is, and reads. */
    static RawConnection open(InetSocketAddress to) throws IOException {
        RawConnection connection = new RawConnection(to);
        connection.raw(PREFACE);
        connection.frame(FrameBudget.SETTINGS, 0, 0);
        connection.read();
        return connection;
    }

    void raw(byte... bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    static byte[] preface() {
        return PREFACE.clone();
    }

    /** One frame. */
    synchronized void frame(int type, int flags, int stream, byte... payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload);
        out.write(frame.array());
        out.flush();
    }

    /** Begins a call; returns its stream. */
    int call(String method) throws IOException {
        int stream = nextStream;
        nextStream += 2;
        frame(FrameBudget.HEADERS, 4, stream, headers(method));
        return stream;
    }

    static byte[] headers(String method) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        String[][] all = {
            {":method", "POST"},
            {":scheme", "http"},
            {":path", "/chord.v1." + method},
            {":authority", "a"},
            {"te", "trailers"},
            {"content-type", "application/grpc"},
            {RingHeaders.RING.name(), "default"},
            {RingHeaders.VERSION.name(), Integer.toString(RingHeaders.PROTOCOL)}
        };
        for (String[] one : all) {
            block.write(0); // a literal that is not remembered (RFC 7541, 6.2.2), short enough for one byte of length
            for (String text : one) {
                block.write(text.length());
                block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
        }
        return block.toByteArray();
    }

    /** A complete request of a call that has begun. */
    void message(int stream, byte[] message) throws IOException {
        part(stream, message.length, message, true);
    }

    /** The first part of a message, of a length that is told. */
    void part(int stream, int told, byte[] bytes, boolean end) throws IOException {
        byte[] all = ByteBuffer.allocate(5 + bytes.length)
                .put((byte) 0)
                .putInt(told)
                .put(bytes)
                .array();
        for (int from = 0; from < all.length; from += FRAME) {
            byte[] piece = Arrays.copyOfRange(all, from, Math.min(all.length, from + FRAME));
            if (!take(stream, piece.length)) {
                return;
            }
            frame(FrameBudget.DATA, end && from + FRAME >= all.length ? 1 : 0, stream, piece);
        }
    }

    // Waits for room in the windows; false: the call or the connection is over.
    private synchronized boolean take(int stream, int bytes) {
        try {
            while (!closed && !status.containsKey(stream)) {
                long here = windows.getOrDefault(stream, streamWindow);
                if (window >= bytes && here >= bytes) {
                    window -= bytes;
                    windows.put(stream, here - bytes);
                    return true;
                }
                wait(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    void read() {
        Thread reader = new Thread(this::readAll, "raw-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private void readAll() {
        try (DataInputStream in = new DataInputStream(socket.getInputStream())) {
            while (true) {
                int start = in.readInt();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = new byte[start >>> 8];
                in.readFully(payload);
                heard(start & 0xff, flags, stream, payload);
            }
        } catch (IOException | Http2Exception e) {
            closed = true;
        }
    }

    private synchronized void heard(int type, int flags, int stream, byte[] payload) throws Http2Exception {
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        if (type == FrameBudget.HEADERS) {
            Http2Headers told = headers.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
            if (told.get("grpc-status") != null) {
                status.put(stream, told.get("grpc-status").toString());
            }
        } else if (type == FrameBudget.SETTINGS && flags == 0) {
            while (bytes.remaining() >= 6) {
                if (bytes.getShort() == 4) {
                    streamWindow = bytes.getInt();
                } else {
                    bytes.getInt();
                }
            }
        } else if (type == FrameBudget.WINDOW_UPDATE) {
            int more = bytes.getInt();
            if (stream == 0) {
                window += more;
            } else {
                windows.merge(stream, more + streamWindow, (old, fresh) -> old + more);
            }
        } else if (type == FrameBudget.GO_AWAY) {
            bytes.getInt();
            goAway = bytes.getInt();
        } else if (type == FrameBudget.RST_STREAM) {
            status.putIfAbsent(stream, "reset");
        }
        notifyAll();
    }

    /** How a call ended, as gRPC's number; empty: it has not. */
    String status(int stream) {
        return status.getOrDefault(stream, "");
    }

    /** How many calls have ended with this status. */
    long ended(String how) {
        return status.values().stream().filter(how::equals).count();
    }

    /** Why the other side says that it goes; -1: it has not said. */
    int goAway() {
        return goAway;
    }

    /** Whether the other side has closed. */
    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
