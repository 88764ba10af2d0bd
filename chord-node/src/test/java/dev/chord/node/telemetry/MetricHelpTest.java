package dev.chord.node.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import io.grpc.Status;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether each metric says what it means. */
class MetricHelpTest {
    private static final Pattern NAMED = Pattern.compile("\"(chord\\.[a-z.]+)\"");

    @TempDir
    Path directory;

    private String scraped() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        NodeConfig config = NodeConfig.defaults()
                .with(ConfigKey.GRPC_BIND, "127.0.0.1:0")
                .with(ConfigKey.HTTP_BIND, "")
                .with(ConfigKey.NODE_DATA_DIR, directory.resolve("node").toString());
        try (ChordNode node = ChordNode.start(config, registry)) {
            assertThat(node.loop().inRing()).isTrue();
            new NodeMetrics(registry).call("a/b", Status.Code.OK, 1);
            return registry.scrape();
        }
    }

    @Test
    void eachMetricOfANodeHasHelp() {
        Set<String> typed = new TreeSet<>();
        Set<String> helped = new TreeSet<>();
        for (String line : scraped().split("\n")) {
            if (line.startsWith("# TYPE chord_")) {
                typed.add(line.split(" ")[2]);
            } else if (line.matches("# HELP chord_\\S+ \\S.*")) {
                helped.add(line.split(" ")[2]);
            }
        }
        assertThat(typed).isNotEmpty();
        assertThat(helped).containsAll(typed);
    }

    // One that is counted only when something rare happens is in no scrape of a test.
    @Test
    void eachMetricThatTheSourceNamesHasHelp() throws IOException {
        Set<String> missing = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                String text = Files.readString(file);
                Matcher matcher = NAMED.matcher(text);
                while (text.contains("micrometer") && matcher.find()) {
                    if (!MetricHelp.knows(matcher.group(1))) {
                        missing.add(matcher.group(1));
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void promtoolFindsNothing() throws Exception {
        boolean there = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "promtool")));
        assumeTrue(there, "promtool is not installed");
        Path said = directory.resolve("promtool.log");
        Process process = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        process.getOutputStream().write(scraped().getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(Files.readString(said)).isEmpty();
        assertThat(process.exitValue()).isZero();
    }
}
