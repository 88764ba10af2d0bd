package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.AdminCalls;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.ConfigLoader;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.store.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Options every command has; each has a twin in the environment. */
final class Globals {
    private static final Duration SHORTEST = Duration.ofMillis(50);

    private volatile long end; // 0: none

    /** How results are printed. */
    enum Format {
        TEXT,
        JSON,
        NDJSON
    }

    @Option(
            names = "--node",
            scope = ScopeType.INHERIT,
            paramLabel = "HOST:PORT",
            defaultValue = "${env:CHORD_NODE}",
            description = "the node to talk to; default: the one running here [CHORD_NODE]")
    @Nullable
    String node;

    @Option(
            names = "--config",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            defaultValue = "${env:CHORD_CONFIG}",
            description = "settings in TOML [CHORD_CONFIG]")
    @Nullable
    Path config;

    @Option(
            names = "--env-file",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            defaultValue = "${env:CHORD_ENV_FILE}",
            description = "variables as in a .env file, weaker than the environment [CHORD_ENV_FILE]")
    @Nullable
    Path envFile;

    @Option(
            names = "--data-dir",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            defaultValue = "${env:CHORD_DATA_DIR}",
            description = "where the node lives [CHORD_DATA_DIR]")
    @Nullable
    Path dataDir;

    @Option(
            names = "--ring-name",
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            description = "the ring that is meant [CHORD_RING_NAME]")
    @Nullable
    String ringName;

    @Option(
            names = "--format",
            scope = ScopeType.INHERIT,
            paramLabel = "FORMAT",
            defaultValue = "${env:CHORD_FORMAT:-text}",
            description = "text, json or ndjson [CHORD_FORMAT]")
    Format format = Format.TEXT;

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            paramLabel = "TIME",
            defaultValue = "${env:CHORD_TIMEOUT:-30s}",
            description = "how long the command may take from its start on, e.g. 10s; default: 30s for each"
                    + " question, transfers as long as they move; up, demo, watch and sync run until they are"
                    + " ended, and it bounds each question of theirs [CHORD_TIMEOUT]")
    String timeout = "30s";

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "print results and errors only")
    boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "print what happens inside, and where errors come from")
    boolean verbose;

    @Option(names = "--no-color", scope = ScopeType.INHERIT, description = "plain text [NO_COLOR]")
    boolean noColor;

    private @Nullable NodeConfig settings;

    /**
     * Settings from files, environment and the global flags, read once; what people should hear about them is
     * said then.
     */
    NodeConfig settings() {
        NodeConfig known = settings;
        if (known == null) {
            known = load();
            settings = known;
            known.remarks().forEach(remark -> output().note("chord: " + remark));
        }
        return known;
    }

    private NodeConfig load() {
        NodeConfig loaded = ConfigLoader.load(new ConfigLoader.Sources(
                named(config), named(envFile), System.getenv(), Path.of("").toAbsolutePath()));
        if (dataDir != null) {
            loaded = loaded.with(ConfigKey.NODE_DATA_DIR, dataDir.toString(), "--data-dir or CHORD_DATA_DIR");
        }
        if (ringName != null) {
            loaded = loaded.with(ConfigKey.RING_NAME, ringName, "--ring-name");
        }
        return loaded;
    }

    private static Optional<Path> named(@Nullable Path file) {
        return Optional.ofNullable(file).filter(path -> !path.toString().isEmpty());
    }

    /**
     * How long one question to the ring may take: as long as is left, and a little less, so that whoever asks
     * hears what it was that did not answer.
     */
    Duration limit() {
        Duration whole = wholeTime();
        long left = (end - System.nanoTime()) / 10 * 9;
        return end == 0 || left > whole.toNanos() ? whole : Duration.ofNanos(Math.max(left, SHORTEST.toNanos()));
    }

    /** From when on nobody waits for the command any more, as {@link System#nanoTime} counts. */
    void end(long nanos) {
        end = nanos;
    }

    /** What {@code --timeout} says. */
    Duration wholeTime() {
        return NodeConfig.parseDuration(timeout)
                .filter(time -> !time.isZero())
                .orElseThrow(() -> new ChordException(
                        ErrorCode.USAGE, "--timeout '" + timeout + "' is no time", "write for example 10s or 2m"));
    }

    /** The node to talk to: the one named, the one running in the data directory, the default address. */
    Endpoint endpoint() {
        if (node != null && !node.isBlank()) {
            return parse(node, "--node");
        }
        Path file = DataDirectory.addressFile(settings().dataDir());
        try {
            if (Files.exists(file)) {
                return parse(Files.readString(file).strip(), file.toString());
            }
        } catch (IOException e) {
            throw new ChordException(ErrorCode.NOT_PERMITTED, file + " cannot be read", "name the node with --node", e);
        }
        return new Endpoint("127.0.0.1", 7450);
    }

    private static Endpoint parse(String text, String where) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE, where + ": " + e.getMessage(), "write for example 127.0.0.1:7450", e);
        }
    }

    /** Asks that node what it does for its own machine only. */
    <T> T admin(Function<AdminCalls, T> work) {
        Endpoint endpoint = endpoint();
        try (PeerChannels channels = new PeerChannels(settings().text(ConfigKey.RING_NAME))) {
            return work.apply(new AdminCalls(channels, endpoint));
        }
    }

    /** A connection to the ring through that node. */
    Ring connect() {
        NodeConfig settings = settings();
        RingOptions options = RingOptions.DEFAULT
                .withRingName(settings.text(ConfigKey.RING_NAME))
                .withReplicas(settings.number(ConfigKey.RING_REPLICAS))
                .withTimeout(limit());
        return Ring.connect(options, List.of(endpoint()));
    }

    Output output() {
        return new Output(format, quiet);
    }
}
