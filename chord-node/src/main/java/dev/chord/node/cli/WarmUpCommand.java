package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import dev.chord.node.gateway.Gateway;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * {@code chord warm-up}: does once what nodes and commands do, so that the launcher can keep the classes that
 * takes in an archive (class data sharing), from which later starts are quicker. Listens on loopback only and
 * leaves nothing behind.
 */
@Command(name = "warm-up", hidden = true, description = "Used by the launcher, once for each Java.")
final class WarmUpCommand implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Override
    public Integer call() throws IOException {
        Path work = Files.createTempDirectory("chord-warm-up-");
        Path file = Files.write(Files.createTempFile("chord-warm-up-", ".bin"), new byte[100_000]);
        PrintStream out = System.out;
        try (LocalRing nodes = new LocalRing(work, 2, config -> config.with(ConfigKey.HTTP_BIND, "127.0.0.1:0"));
                Gateway gateway = Gateway.start(nodes);
                Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(nodes.entry()))) {
            nodes.awaitIdeal(LIMIT);
            System.setOut(new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8));
            ring.files().share(file, "shared");
            String node = nodes.entry().toString();
            for (String line : List.of(
                    "put " + file + " --name warm",
                    "ls",
                    "search w*",
                    "find warm",
                    "stat warm",
                    "get warm -o " + work.resolve("copy"),
                    "cat warm",
                    "trace warm",
                    "ring status",
                    "ring check",
                    "node info",
                    "rm warm")) {
                Cli.run((line + " --node " + node).split(" "));
            }
            gateway.url();
            return 0;
        } finally {
            System.setOut(out);
            Files.deleteIfExists(file);
        }
    }
}
