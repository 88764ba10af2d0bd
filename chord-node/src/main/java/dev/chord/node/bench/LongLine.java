package dev.chord.node.bench;

import dev.chord.client.wire.DaemonThreads;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A relay on loopback that behaves as a long line would: bytes come out later, at a limited rate, in order.
 * All connections share the rate; each direction has its own. What is under way at once is bounded by what
 * fits into the line, and a router's buffer.
 */
final class LongLine implements AutoCloseable {
    private static final int PACKET = 64 * 1024;
    private static final int ROUTER = 4 * 1024 * 1024;

    private final ServerSocket door;
    private final int to;
    private final long delayNanos;
    private final double nanosPerByte;
    private final Direction there = new Direction();
    private final Direction back = new Direction();
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();

    /**
     * @param to the port on loopback that it leads to
     * @param roundTrip time there and back
     */
    LongLine(int to, Duration roundTrip, long bytesPerSecond) throws IOException {
        this.to = to;
        this.delayNanos = roundTrip.toNanos() / 2;
        this.nanosPerByte = 1e9 / bytesPerSecond;
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(door);
        start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    /** When the line is free again. */
    private static final class Direction {
        private long free = System.nanoTime();

        synchronized long leaves(long nanos) {
            long now = System.nanoTime();
            free = (free - now > 0 ? free : now) + nanos;
            return free;
        }
    }

    private record Packet(byte[] bytes, long arrives) {}

    private void accept() throws IOException {
        while (true) {
            Socket near = door.accept();
            Socket far = new Socket();
            open.add(near);
            open.add(far);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to));
            carry(near, far, there);
            carry(far, near, back);
        }
    }

    private void carry(Socket from, Socket into, Direction direction) {
        int inLine = (int) (delayNanos / nanosPerByte) + ROUTER;
        Semaphore room = new Semaphore(inLine);
        BlockingQueue<Packet> line = new LinkedBlockingQueue<>(); // bounded by the room
        start(() -> {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[PACKET];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                room.acquireUninterruptibly(read);
                long left = direction.leaves((long) (read * nanosPerByte));
                line.add(new Packet(Arrays.copyOf(buffer, read), left + delayNanos));
            }
            line.add(new Packet(new byte[0], System.nanoTime() + delayNanos));
        });
        start(() -> {
            OutputStream out = into.getOutputStream();
            for (Packet packet = line.take(); packet.bytes.length > 0; packet = line.take()) {
                TimeUnit.NANOSECONDS.sleep(packet.arrives - System.nanoTime());
                out.write(packet.bytes);
                room.release(packet.bytes.length);
            }
            into.shutdownOutput();
        });
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
        DaemonThreads.named("bench-line")
                .newThread(() -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException e) {
                        // one end has closed: the other one learns of it when it is closed too
                    }
                })
                .start();
    }

    @Override
    public void close() throws IOException {
        for (Closeable socket : open) {
            socket.close();
        }
    }
}
