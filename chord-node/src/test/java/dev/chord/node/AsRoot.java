package dev.chord.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What only root may do to the machine: mounts, network namespaces. */
public final class AsRoot {
    private static final long LIMIT_SECONDS = 30;

    private AsRoot() {}

    public static boolean possible() {
        return "root".equals(System.getProperty("user.name"));
    }

    /**
     * Runs a command and waits for its end.
     *
     * @return what it printed
     * @throws IOException if it is not there or fails, with what it said
     */
    public static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(List.of(command) + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(List.of(command) + ": " + said.strip());
        }
        return said;
    }
}
