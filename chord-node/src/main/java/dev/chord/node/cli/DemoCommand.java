package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.DemoTour;
import dev.chord.node.demo.LocalRing;
import dev.chord.node.gateway.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chord demo}: a whole ring in one process, and a tour of what it does. */
@Command(
        name = "demo",
        description = {
            "Start a whole ring in this process and show what it does.",
            "Over real gRPC: share a directory, store a file, locate and fetch from another node, kill a node, fetch again,",
            "leave politely, verify every byte."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(names = "--nodes", paramLabel = "N", description = "nodes to start, 5 to 32; default ${DEFAULT-VALUE}")
    int nodes = 5;

    @Option(
            names = "--share",
            paramLabel = "DIR",
            description = "the directory to share; default: one made for the tour")
    @Nullable
    Path share;

    @Option(names = "--exit", description = "end after the tour instead of keeping the ring up")
    boolean exit;

    // Where there is a desktop, the page comes up by itself; where there is none, its address has
    // been printed.
    private static void open(String url) {
        boolean mac = System.getProperty("os.name", "").startsWith("Mac");
        boolean desktop = mac || System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
        if (desktop) {
            try {
                new ProcessBuilder(mac ? "open" : "xdg-open", url)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                // no such program: the address has been printed
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        if (nodes < 5 || nodes > 32) {
            throw new ChordException(ErrorCode.USAGE, "--nodes " + nodes + " is not 5 to 32", "the tour needs 5");
        }
        if (share != null && !Files.isDirectory(share)) {
            throw new ChordException(ErrorCode.USAGE, share + " is not a directory", "give a directory with files");
        }
        Path work = Files.createTempDirectory("chord-demo-");
        try (LocalRing ring = new LocalRing(work, nodes);
                Gateway gateway = Gateway.start(ring)) {
            System.out.println("See it while it happens: " + gateway.url());
            if (!exit && System.console() != null) {
                open(gateway.url());
            }
            new DemoTour(ring, System.out).run(share);
            if (!exit && !System.out.checkError()) {
                System.out.println("The ring stays up until you press Ctrl-C. Try, in another terminal:");
                System.out.println("  chord --node " + ring.entry() + " ring status");
                System.out.println("or look at the ring: " + gateway.url());
                Runtime.getRuntime().addShutdownHook(new Thread(ring::close, "chord-demo-end"));
                new CountDownLatch(1).await();
            }
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }
}
