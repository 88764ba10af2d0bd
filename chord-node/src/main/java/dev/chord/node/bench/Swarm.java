package dev.chord.node.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.TimeUnit;

/**
 * One aria2 that has a file and offers it over BitTorrent (BEP 3), on loopback; with the tracker that tells
 * others of it. No other way to find peers is on.
 */
final class Swarm implements AutoCloseable {
    private static final int PIECE = 1024 * 1024;
    private static final int READY_TRIES = 600;

    private final HttpServer tracker;
    private final Path torrent;
    private final Process seeder;

    Swarm(Path work, Path file) throws IOException, InterruptedException {
        int port = WanBench.freePort();
        tracker = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        tracker.createContext("/announce", exchange -> {
            byte[] answer = answer(port);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        tracker.start();
        String announce = "http://127.0.0.1:" + tracker.getAddress().getPort() + "/announce";
        torrent = Files.write(work.resolve("file.torrent"), torrent(file, announce));
        seeder = aria2(
                port,
                String.valueOf(file.getParent()),
                "--seed-ratio=0.0",
                "--check-integrity=true",
                "--allow-overwrite=true");
        awaitOpen(port);
    }

    private Process aria2(int port, String directory, String... more) throws IOException {
        String[] fixed = {
            "aria2c",
            "--interface=lo",
            "--disable-ipv6=true",
            "--enable-dht=false",
            "--enable-dht6=false",
            "--bt-enable-lpd=false",
            "--enable-peer-exchange=false",
            "--file-allocation=none",
            "--listen-port=" + port,
            "--dir=" + directory,
            torrent.toString()
        };
        String[] all = new String[fixed.length + more.length];
        System.arraycopy(fixed, 0, all, 0, fixed.length);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return PeersBench.process(all);
    }

    // It listens from the beginning; a reader that comes while it still checks the file waits for pieces.
    private static void awaitOpen(int port) throws IOException, InterruptedException {
        for (int i = 0; ; i++) {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (i == READY_TRIES) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    /** Fetches the file into a directory. */
    void fetch(Path directory) throws IOException, InterruptedException {
        PeersBench.await(aria2(WanBench.freePort(), directory.toString(), "--seed-time=0"));
    }

    private static byte[] answer(int port) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(out, "d8:intervali1800e5:peers6:");
        out.writeBytes(new byte[] {127, 0, 0, 1, (byte) (port >>> 8), (byte) port});
        write(out, "e");
        return out.toByteArray();
    }

    private static byte[] torrent(Path file, String announce) throws IOException {
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        try (InputStream in = Files.newInputStream(file)) {
            for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
                pieces.writeBytes(MessageDigest.getInstance("SHA-1").digest(piece));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String name = String.valueOf(file.getFileName());
        write(out, "d8:announce" + announce.length() + ":" + announce + "4:infod6:lengthi" + Files.size(file));
        write(out, "e4:name" + name.length() + ":" + name + "12:piece lengthi" + PIECE + "e6:pieces" + pieces.size());
        write(out, ":");
        out.writeBytes(pieces.toByteArray());
        write(out, "ee");
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws InterruptedException {
        seeder.destroy();
        seeder.waitFor();
        tracker.stop(0);
    }
}
