package dev.chord.node.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests to a running gateway, byte for byte: whatever comes is answered or hung up on, and what is sent
 * is true.
 */
final class HttpFuzz {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");
    private static final Pattern PART = Pattern.compile("(?i)\r\ncontent-range: bytes (\\d+)-(\\d+)/(\\d+)\r\n");
    /** Not implemented, too many callers, another version of HTTP: these have their reasons. */
    private static final Set<Integer> WITH_REASON = Set.of(501, 503, 505);

    private HttpFuzz() {}

    /** The value of a Range header. */
    static void range(byte[] input) {
        Answer answer = ask("GET /f/" + FuzzBed.NAME + " HTTP/1.1", "Range: bytes=" + line(input));
        byte[] whole = FuzzBed.CONTENT;
        if (answer.status() == 200) {
            answer.mustBe(whole);
        } else if (answer.status() == 206) {
            Matcher part = PART.matcher(answer.head());
            if (part.find()) {
                int from = Integer.parseInt(part.group(1));
                int to = Integer.parseInt(part.group(2));
                answer.mustBe(Arrays.copyOfRange(whole, from, to + 1));
            } else if (!answer.head().toLowerCase(java.util.Locale.ROOT).contains("multipart/byteranges")) {
                throw new AssertionError("a part without saying which: " + answer.head());
            }
        } else if (answer.status() != 416 && answer.status() != 400) {
            throw new AssertionError("a range was answered with " + answer.head());
        }
    }

    /** Lines after the first of a request. */
    static void headers(byte[] input) {
        ask("GET /f/" + FuzzBed.NAME + " HTTP/1.1", new String(input, StandardCharsets.ISO_8859_1));
    }

    /** Where a page of a list begins, and how long it is. */
    static void pageToken(byte[] input) {
        StringBuilder query = new StringBuilder();
        for (byte b : input) {
            query.append(String.format("%%%02x", b & 0xff));
        }
        Answer answer = ask("GET /api/v1/files?limit=3&after=" + query + " HTTP/1.1", "Accept: application/json");
        if (input.length < 1000 && answer.status() != 200 && answer.status() != 400) {
            throw new AssertionError("a page was answered with " + answer.head());
        }
    }

    private static String line(byte[] input) {
        return new String(input, StandardCharsets.ISO_8859_1).replaceAll("[\\x00-\\x1f\\x7f-\\xff]", " ");
    }

    private record Answer(int status, String head, byte[] body) {
        void mustBe(byte[] wanted) {
            if (!Arrays.equals(body, wanted)) {
                throw new AssertionError(
                        "other bytes than were asked for: " + head + new String(body, StandardCharsets.ISO_8859_1));
            }
        }
    }

    private static Answer ask(String first, String lines) {
        FuzzBed bed = FuzzBed.get();
        String request =
                first + "\r\nHost: 127.0.0.1:" + bed.httpPort() + "\r\n" + lines + "\r\nConnection: close\r\n\r\n";
        Optional<byte[]> all = talk(bed.httpPort(), request);
        String text = new String(all.orElse(new byte[0]), StandardCharsets.ISO_8859_1);
        Matcher status = STATUS.matcher(text);
        if (!status.lookingAt()) {
            return new Answer(400, "hung up on", new byte[0]);
        }
        int code = Integer.parseInt(status.group(1));
        if (code >= 500 && !WITH_REASON.contains(code)) {
            throw new AssertionError("answered " + code + " to\n" + request + "\n" + text);
        }
        int end = text.indexOf("\r\n\r\n");
        return new Answer(
                code, text.substring(0, end + 2), text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Optional<byte[]> talk(int port, String request) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return Optional.of(answer.toByteArray());
        } catch (SocketException hungUpOn) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
