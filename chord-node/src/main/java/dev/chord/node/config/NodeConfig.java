package dev.chord.node.config;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.RingSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The settings of one node, each with where it came from. Reading a malformed value is a USAGE error that names it. */
public final class NodeConfig {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([kKMGT]?B|[KMGT]iB)");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final Map<ConfigKey, Setting> settings;

    /**
     * A value and its origin.
     *
     * @param origin "default", or the flag, variable or file and line it stands in
     */
    public record Setting(String value, String origin) {}

    private NodeConfig(Map<ConfigKey, Setting> settings) {
        this.settings = settings;
    }

    public static NodeConfig defaults() {
        return new NodeConfig(new EnumMap<>(ConfigKey.class));
    }

    public NodeConfig with(ConfigKey key, String value, String origin) {
        Map<ConfigKey, Setting> next = new EnumMap<>(ConfigKey.class);
        next.putAll(settings);
        next.put(key, new Setting(value, origin));
        return new NodeConfig(next);
    }

    public NodeConfig with(ConfigKey key, String value) {
        return with(key, value, "code");
    }

    public Setting setting(ConfigKey key) {
        return settings.getOrDefault(key, new Setting(key.defaultValue(), "default"));
    }

    public String text(ConfigKey key) {
        return setting(key).value();
    }

    public int number(ConfigKey key, int min, int max) {
        try {
            int value = Integer.parseInt(text(key));
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw bad(key, "a number from " + min + " to " + max);
    }

    public boolean flag(ConfigKey key) {
        return switch (text(key)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(key, "true or false");
        };
    }

    /** A time such as 500ms, 30s, 12m, 2h or 7d. */
    public Duration duration(ConfigKey key) {
        return parseDuration(text(key)).orElseThrow(() -> bad(key, "a time such as 500ms, 30s, 12m"));
    }

    /** Reads a time with its unit; empty if it is none. */
    public static Optional<Duration> parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                });
    }

    /** A share such as 5%, as a fraction. */
    public double percent(ConfigKey key) {
        String text = text(key);
        if (text.matches("\\d{1,2}%")) {
            return Integer.parseInt(text.substring(0, text.length() - 1)) / 100.0;
        }
        throw bad(key, "a share such as 5%");
    }

    /** A number of bytes such as 500MB or 64KiB. */
    public long bytes(ConfigKey key) {
        return parseBytes(text(key)).orElseThrow(() -> bad(key, "a size such as 20GB, 50MiB"));
    }

    /** Reads a size with its unit; empty if it is none. */
    public static Optional<Long> parseBytes(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int power = "KMGT"
                        .indexOf(Character.toUpperCase(
                                matcher.group(2).isEmpty()
                                        ? ' '
                                        : matcher.group(2).charAt(0)))
                + 1;
        long unit = matcher.group(2).endsWith("iB") ? 1024 : 1000;
        return Optional.of(Long.parseLong(matcher.group(1)) * (long) Math.pow(unit, power));
    }

    /** A size, or a share of a whole. */
    public long bytes(ConfigKey key, long whole) {
        return text(key).endsWith("%") ? (long) (percent(key) * whole) : bytes(key);
    }

    private ChordException bad(ConfigKey key, String wanted) {
        Setting setting = setting(key);
        return new ChordException(
                ErrorCode.USAGE,
                key.key() + " is '" + setting.value() + "' (" + setting.origin() + "), but must be " + wanted,
                key.description());
    }

    // ---- what the parts of a node ask for

    public String nodeName() {
        String name = text(ConfigKey.NODE_NAME);
        if (!name.isEmpty()) {
            return name;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "node";
        }
    }

    public Path dataDir() {
        String path = text(ConfigKey.NODE_DATA_DIR);
        return path.isEmpty()
                ? defaultDataDir()
                : Path.of(path).toAbsolutePath().normalize();
    }

    /** $XDG_DATA_HOME/chord, or ~/.local/share/chord. */
    public static Path defaultDataDir() {
        String base = System.getenv("XDG_DATA_HOME");
        Path home = Path.of(System.getProperty("user.home", "."));
        return (base == null || base.isBlank() ? home.resolve(".local/share") : Path.of(base)).resolve("chord");
    }

    /** Seeds as written; names are not resolved. */
    public List<Endpoint> seeds() {
        return Arrays.stream(text(ConfigKey.RING_JOIN).split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .map(s -> endpoint(ConfigKey.RING_JOIN, s))
                .toList();
    }

    public Endpoint endpoint(ConfigKey key, String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE, key.key() + ": " + e.getMessage(), "write for example 127.0.0.1:7450", e);
        }
    }

    /** An address of this machine to listen on; port 0: any free one. */
    public InetSocketAddress socketAddress(ConfigKey key) {
        String text = text(key);
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(0, colon));
            return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    key.key() + ": '" + text + "' is not ADDRESS:PORT",
                    "write for example " + key.defaultValue(),
                    e);
        } catch (UnknownHostException e) {
            throw new ChordException(
                    ErrorCode.USAGE, key.key() + ": '" + text + "' is no address of this machine", "", e);
        }
    }

    public RingSettings ring() {
        int successors = number(ConfigKey.RING_SUCCESSORS, 2, 64);
        int replicas = number(ConfigKey.RING_REPLICAS, 1, successors);
        int digit = number(ConfigKey.ROUTING_DIGIT, 1, 8);
        RingSettings settings = new RingSettings(IdentifierCircle.FULL.withDigit(digit), successors, replicas, 2, 3);
        return switch (text(ConfigKey.ROUTING_TABLE)) {
            case "fingers" -> settings;
            case "everyone" -> settings.withOneHop();
            default -> throw bad(ConfigKey.ROUTING_TABLE, "fingers or everyone");
        };
    }

    /** Timer periods and the deadline of ring messages. */
    public record Timing(Duration stabilize, Duration fixFingers, Duration failureTimeout) {}

    public Timing timing() {
        Timing preset = switch (text(ConfigKey.RING_PRESET)) {
            case "local" -> new Timing(Duration.ofMillis(150), Duration.ofMillis(200), Duration.ofSeconds(1));
            case "lan" -> new Timing(Duration.ofMillis(400), Duration.ofMillis(400), Duration.ofMillis(1500));
            case "wan" -> new Timing(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(4));
            default -> throw bad(ConfigKey.RING_PRESET, "local, lan or wan");
        };
        return new Timing(
                or(ConfigKey.RING_STABILIZE, preset.stabilize()),
                or(ConfigKey.RING_FIX_FINGERS, preset.fixFingers()),
                or(ConfigKey.RING_FAILURE_TIMEOUT, preset.failureTimeout()));
    }

    /** Whether the holders of an arc agree on who they are. */
    public boolean quorum() {
        return switch (text(ConfigKey.RING_CONSISTENCY)) {
            case "eventual" -> false;
            case "quorum" -> true;
            default -> throw bad(ConfigKey.RING_CONSISTENCY, "eventual or quorum");
        };
    }

    private Duration or(ConfigKey key, Duration preset) {
        return text(key).isEmpty() ? preset : duration(key);
    }
}
