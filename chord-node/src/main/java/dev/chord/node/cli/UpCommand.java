package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Shared;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.message.Phase;
import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.gateway.Gateway;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code chord up}: a node, in the foreground until it is told to stop. */
@Command(
        name = "up",
        description = {
            "Start a node here and keep it running.",
            "Without --join it founds a ring, or looks for the one it was in before."
        },
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final Map<ConfigKey, List<String>> SHORT = Map.of(
            ConfigKey.RING_JOIN, List.of("--join"),
            ConfigKey.GRPC_BIND, List.of("--bind"),
            ConfigKey.HTTP_BIND, List.of("--http"),
            ConfigKey.GRPC_ADVERTISE, List.of("--advertise"),
            ConfigKey.NODE_NAME, List.of("--name"),
            ConfigKey.NODE_ZONE, List.of("--zone"));

    @ParentCommand
    ChordCommand root;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--share",
            paramLabel = "PATH",
            description = "share this file or directory in place, once in the ring")
    List<Path> share = List.of();

    @Option(names = "--insecure", description = "listen beyond loopback without encryption")
    boolean insecure;

    @Option(names = "--found", description = "found a new ring even if this node was in one with others before")
    boolean found;

    /** Every setting is a flag too, spelled as in files and with dashes. */
    static void addConfigOptions(CommandSpec spec) {
        for (ConfigKey key : ConfigKey.values()) {
            if (key == ConfigKey.NODE_DATA_DIR || key == ConfigKey.RING_NAME) {
                continue; // global flags
            }
            List<String> names = new ArrayList<>(SHORT.getOrDefault(key, List.of()));
            names.add("--" + key.key());
            names.add("--" + key.key().replace('.', '-'));
            spec.addOption(OptionSpec.builder(names.toArray(String[]::new))
                    .type(String.class)
                    .paramLabel("VALUE")
                    .description(key.description().replace("%", "%%"))
                    .hidden(!SHORT.containsKey(key))
                    .build());
        }
    }

    @Override
    public Integer call() {
        Hangup.ignored();
        NodeConfig config = config();
        Output out = root.globals.output();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        // The page and the health checks answer while the node waits for its ring; a port that is taken is
        // told before it joins.
        ChordNode node = ChordNode.open(config, registry);
        Optional<Gateway> gateway = gateway(node, registry);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            gateway.ifPresent(Gateway::close);
                            node.close();
                        },
                        "chord-shutdown"));
        try {
            node.enter();
        } catch (RuntimeException e) {
            gateway.ifPresent(Gateway::close);
            node.close();
            throw e;
        }
        announce(node, gateway, out);
        share.forEach(path -> share(node, path, out));
        try {
            node.awaitClose();
            gateway.ifPresent(Gateway::close);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private NodeConfig config() {
        NodeConfig config = root.globals.settings();
        for (ConfigKey key : ConfigKey.values()) {
            OptionSpec option = spec.findOption("--" + key.key());
            String value = option == null ? null : option.getValue();
            if (value != null) {
                config = config.with(key, value, option.longestName());
            }
        }
        config = insecure ? config.with(ConfigKey.INSECURE, "true", "--insecure") : config;
        return found ? config.with(ConfigKey.RING_FOUND, "true", "--found") : config;
    }

    private static Optional<Gateway> gateway(ChordNode node, PrometheusMeterRegistry registry) {
        try {
            return Gateway.start(node, registry::scrape);
        } catch (ChordException e) {
            node.close();
            throw e;
        }
    }

    private static void announce(ChordNode node, Optional<Gateway> gateway, Output out) {
        var state = node.loop().states().get(0);
        String address = node.endpoint().toString();
        String where = state.alone()
                ? "alone in a new ring"
                : state.phase() == Phase.ISOLATED
                        ? "looking for the nodes it was with; a node told to --join this one also ends that"
                        : "joined";
        String next = state.alone()
                ? "next     chord up --join " + address + " --bind 127.0.0.1:0 --data-dir DIR   (another node)"
                : "next     chord ring status";
        out.result(
                Map.of(
                        "id", node.self().id().toHex(),
                        "address", address,
                        "page", gateway.map(Gateway::url).orElse(""),
                        "phase", state.phase().toString(),
                        "dataDir", node.config().dataDir().toString(),
                        "pid", ProcessHandle.current().pid()),
                List.of(
                        "node     " + node.self().id().abbreviated() + "  ("
                                + node.config().nodeName() + ", pid "
                                + ProcessHandle.current().pid() + ")",
                        "address  " + address,
                        "page     " + gateway.map(Gateway::url).orElse("none"),
                        "data     " + node.config().dataDir(),
                        "ring     " + node.config().text(ConfigKey.RING_NAME) + ", " + where,
                        next));
    }

    private static void share(ChordNode node, Path path, Output out) {
        RingOptions options = RingOptions.DEFAULT.withRingName(node.config().text(ConfigKey.RING_NAME));
        try (Ring ring = Ring.connect(options, List.of(node.endpoint()))) {
            for (Shared shared : ring.files().share(path, "")) {
                out.note(ShareCommand.line(shared));
            }
        } catch (ChordException e) {
            if (e.code() == ErrorCode.USAGE || e.code() == ErrorCode.NOT_FOUND) {
                node.close();
                throw e;
            }
            out.note("chord: not shared: " + e.getMessage());
        }
    }
}
