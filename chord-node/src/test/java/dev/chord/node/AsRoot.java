package dev.chord.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What only root may do to the machine: mounts, network namespaces. */
public final class AsRoot {
    private static final long LIMIT_SECONDS = 180;

    private AsRoot() {}

    /** Whether this process may mount file systems; in a container not even root may, as a rule. */
    public static boolean possible() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return false;
        }
        try {
            Path probe = Files.createTempDirectory("chord-mount-");
            try {
                run("mount", "-t", "tmpfs", "tmpfs", probe.toString());
                run("umount", probe.toString());
            } finally {
                Files.delete(probe);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
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
