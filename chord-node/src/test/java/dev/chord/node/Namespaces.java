package dev.chord.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Network namespaces with one switch between them, out of reach of everything else. What one sends to
 * another is lost where its neighbour table has a wrong address for it: in one direction only, without a
 * word to anybody.
 */
final class Namespaces implements AutoCloseable {
    private static final String DEVICE = "eth0";
    private static final String NOBODY = "02:00:00:00:ff:ff";

    private final String prefix = "chord" + ProcessHandle.current().pid();
    private final int count;

    private Namespaces(int count) {
        this.count = count;
    }

    /** @return empty: it takes root, and the command {@code ip} */
    static Optional<Namespaces> tryMake(int count) throws IOException, InterruptedException {
        Namespaces spaces = new Namespaces(count);
        try {
            spaces.make();
            return Optional.of(spaces);
        } catch (IOException e) {
            System.out.println(e.getMessage());
            spaces.close();
            return Optional.empty();
        }
    }

    private void make() throws IOException, InterruptedException {
        String hub = prefix + "-hub";
        ip("netns", "add", hub);
        ip("-n", hub, "link", "add", "switch", "type", "bridge");
        ip("-n", hub, "link", "set", "switch", "up");
        for (int i = 1; i <= count; i++) {
            String port = "port" + i;
            ip("netns", "add", name(i));
            ip("link", "add", DEVICE, "netns", name(i), "type", "veth", "peer", "name", port, "netns", hub);
            ip("-n", hub, "link", "set", port, "master", "switch", "up");
            ip("-n", name(i), "link", "set", "lo", "up");
            ip("-n", name(i), "link", "set", DEVICE, "address", hardware(i));
            ip("-n", name(i), "addr", "add", address(i) + "/24", "dev", DEVICE);
            ip("-n", name(i), "link", "set", DEVICE, "up");
        }
        heal();
    }

    private String name(int number) {
        return prefix + "-" + number;
    }

    /** Of the block that is kept for tests of networks (RFC 2544). */
    static String address(int number) {
        return "198.18.77." + number;
    }

    private static String hardware(int number) {
        return String.format("02:00:00:00:01:%02x", number);
    }

    /** What a command begins with that is to run in there. */
    List<String> inside(int number) {
        return List.of("ip", "netns", "exec", name(number));
    }

    /** From now on nothing that one sends arrives at the other. */
    void cut(int from, int to) throws IOException, InterruptedException {
        neighbour(from, to, NOBODY);
    }

    /** From now on everything arrives. */
    void heal() throws IOException, InterruptedException {
        for (int from = 1; from <= count; from++) {
            for (int to = 1; to <= count; to++) {
                if (from != to) {
                    neighbour(from, to, hardware(to));
                }
            }
        }
    }

    private void neighbour(int from, int to, String hardware) throws IOException, InterruptedException {
        ip("-n", name(from), "neigh", "replace", address(to), "lladdr", hardware, "nud", "permanent", "dev", DEVICE);
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(3, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
    }

    @Override
    public void close() throws InterruptedException {
        List<String> all = new ArrayList<>(List.of(prefix + "-hub"));
        for (int i = 1; i <= count; i++) {
            all.add(name(i));
        }
        for (String space : all) {
            try {
                ip("netns", "del", space);
            } catch (IOException e) {
                // it was not made
            }
        }
    }
}
