package dev.chord.node;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.core.ring.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A client of names as a process of its own, for where the test itself cannot go. It is told what to do line
 * by line, and ends each answer with a line {@code ok}.
 */
final class NameClient implements AutoCloseable {
    static final Duration EACH = Duration.ofSeconds(10);
    private static final Duration FOR_GOOD = Duration.ofMinutes(3);

    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter orders;

    NameClient(ProcessBuilder builder) throws IOException {
        process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        orders = new PrintWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
    }

    void order(String what) {
        orders.println(what);
    }

    /** The lines of the answer to the last order. */
    List<String> answer() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String line = answers.readLine(); !"ok".equals(line); line = answers.readLine()) {
            if (line == null) {
                throw new IOException("the client has ended");
            }
            lines.append(line).append('\n');
        }
        return lines.toString().lines().toList();
    }

    @Override
    public void close() throws InterruptedException {
        orders.close();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /**
     * Arguments: the node it comes in through, how many names, its number, how many members there are when
     * all is well.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int number = Integer.parseInt(arguments[2]);
        int members = Integer.parseInt(arguments[3]);
        NameWorkload names = new NameWorkload(Integer.parseInt(arguments[1]), number * 1_000_000_000L);
        Endpoint node = Endpoint.parse(arguments[0]);
        try (Ring ring = connect(RingOptions.DEFAULT.withTimeout(EACH), node);
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            Thread working = new Thread(() -> names.operate(ring, new Random(number)));
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                switch (order) {
                    case "go" -> working.start();
                    case "ideal" -> System.out.println(awaitIdeal(ring, members));
                    case "stop" -> {
                        names.stop();
                        working.join();
                    }
                    case "read" -> {
                        try (Ring patient = connect(RingOptions.DEFAULT.withTimeout(FOR_GOOD), node)) {
                            names.readAll(patient);
                        }
                    }
                    case "history" -> names.lines().forEach(System.out::println);
                    default -> throw new IllegalArgumentException(order);
                }
                System.out.println("ok");
            }
        }
    }

    // The node may not listen yet.
    private static Ring connect(RingOptions options, Endpoint node) {
        long end = System.nanoTime() + FOR_GOOD.toNanos();
        while (true) {
            try {
                return Ring.connect(options, List.of(node));
            } catch (ChordException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                ProcessRing.pause();
            }
        }
    }

    private static String awaitIdeal(Ring ring, int members) throws InterruptedException {
        long start = System.nanoTime();
        String trouble = "";
        while (System.nanoTime() - start < FOR_GOOD.toNanos()) {
            trouble = ProcessRing.trouble(ring, members) + ProcessRing.refused(ring);
            if (trouble.isEmpty()) {
                return "after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            }
            ProcessRing.pause();
        }
        return trouble;
    }
}
