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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of one node, each with where it came from. Reading a malformed value is a USAGE error that
 * names it.
 */
public final class NodeConfig {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([kKMGT]?B|[KMGT]iB)");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})%");

    private final Map<ConfigKey, Setting> settings;
    private final List<String> remarks;

    /**
     * A value and its origin.
     *
     * @param origin "default", or the flag, variable or file and line it stands in
     */
    public record Setting(String value, String origin) {}

    private NodeConfig(Map<ConfigKey, Setting> settings, List<String> remarks) {
        this.settings = settings;
        this.remarks = remarks;
    }

    public static NodeConfig defaults() {
        return new NodeConfig(new EnumMap<>(ConfigKey.class), List.of());
    }

    public NodeConfig with(ConfigKey key, String value, String origin) {
        Map<ConfigKey, Setting> next = new EnumMap<>(ConfigKey.class);
        next.putAll(settings);
        next.put(key, new Setting(value, origin));
        return new NodeConfig(next, remarks);
    }

    public NodeConfig with(ConfigKey key, String value) {
        return with(key, value, "code");
    }

    /** What people should hear about where these settings come from; none of it is an error. */
    public List<String> remarks() {
        return remarks;
    }

    NodeConfig remarking(String remark) {
        List<String> more = new ArrayList<>(remarks);
        more.add(remark);
        return new NodeConfig(settings, List.copyOf(more));
    }

    /**
     * These settings, if a node can run with them: each within its range, and together without contradiction.
     * What starts a node and what only looks at its settings both go through here.
     *
     * @throws ChordException USAGE with key, value and range; NOT_PERMITTED for what would open the node to
     *     the network
     */
    public NodeConfig check() {
        for (ConfigKey key : ConfigKey.values()) {
            within(key);
        }
        SettingsTogether.check(this);
        return this;
    }

    /** Whether somebody has said so, other than by saying nothing. */
    public boolean given(ConfigKey key) {
        return !setting(key).origin().equals("default");
    }

    public Setting setting(ConfigKey key) {
        return settings.getOrDefault(key, new Setting(key.defaultValue(), "default"));
    }

    public String text(ConfigKey key) {
        return setting(key).value();
    }

    private String within(ConfigKey key) {
        String value = text(key);
        if (!key.range().holds(value)) {
            throw bad(key, key.range().words());
        }
        return value;
    }

    public int number(ConfigKey key) {
        return Integer.parseInt(within(key));
    }

    public boolean flag(ConfigKey key) {
        return within(key).equals("true");
    }

    /** A time such as 500ms, 30s, 12m, 2h or 7d. */
    public Duration duration(ConfigKey key) {
        return parseDuration(within(key)).orElseThrow();
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
        return parsePercent(within(key)).orElseThrow() / 100.0;
    }

    static Optional<Integer> parsePercent(String text) {
        Matcher matcher = PERCENT.matcher(text);
        return matcher.matches() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
    }

    /** A number of bytes such as 500MB or 64KiB. */
    public long bytes(ConfigKey key) {
        return parseBytes(within(key)).orElseThrow();
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
        try {
            return Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), (long) Math.pow(unit, power)));
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** A size, or a share of a whole. */
    public long bytes(ConfigKey key, long whole) {
        return text(key).endsWith("%") ? (long) (percent(key) * whole) : bytes(key);
    }

    ChordException bad(ConfigKey key, String wanted) {
        return new ChordException(
                ErrorCode.USAGE, described(key) + ", but must be " + wanted, key.key() + ": " + key.description());
    }

    /** Key, value and origin, as a part of a sentence. */
    String described(ConfigKey key) {
        Setting setting = setting(key);
        return key.key() + " is '" + setting.value() + "' (" + setting.origin() + ")";
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
        if (base != null && base.startsWith("/")) { // a relative one is to be passed over, says the specification
            return Path.of(base).resolve("chord");
        }
        // of a user without an entry in the system's list Java knows a question mark
        String home = System.getProperty("user.home", "");
        String known = home.startsWith("/") ? home : System.getenv("HOME");
        if (known == null || !known.startsWith("/")) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "this user has no home directory, and node.data-dir is not set",
                    "name a directory with --data-dir");
        }
        return Path.of(known).resolve(".local/share/chord");
    }

    /** The directories that files are shared from; none: anywhere. */
    public List<Path> shareRoots() {
        return parts(within(ConfigKey.SHARE_ROOTS)).stream()
                .map(root -> Path.of(root).normalize())
                .toList();
    }

    /** Seeds as written; names are not resolved. */
    public List<Endpoint> seeds() {
        return parts(within(ConfigKey.RING_JOIN)).stream().map(Endpoint::parse).toList();
    }

    static List<String> parts(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    /** What others are told to dial, if that is set; a port of 0 stands for the one that is listened on. */
    public Optional<Advertised> advertised() {
        return DialableHost.of(within(ConfigKey.GRPC_ADVERTISE)).map(d -> new Advertised(d.host(), d.port()));
    }

    /** An address for others. */
    public record Advertised(String host, int port) {}

    /**
     * An address of this machine to listen on; port 0: any free one.
     *
     * @throws ChordException UNREACHABLE if its host is a name that is not known now
     */
    public InetSocketAddress socketAddress(ConfigKey key) {
        String text = within(key);
        int colon = text.lastIndexOf(':');
        try {
            InetAddress host = InetAddress.getByName(text.substring(0, Math.max(0, colon)));
            return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (UnknownHostException e) {
            throw new ChordException(
                    ErrorCode.UNREACHABLE, described(key) + ": no such host", "write an address of this machine", e);
        }
    }

    public RingSettings ring() {
        int successors = number(ConfigKey.RING_SUCCESSORS);
        int replicas = number(ConfigKey.RING_REPLICAS);
        int digit = number(ConfigKey.ROUTING_DIGIT);
        if (replicas > successors) {
            throw bad(ConfigKey.RING_REPLICAS, "at most " + described(ConfigKey.RING_SUCCESSORS));
        }
        RingSettings settings = new RingSettings(IdentifierCircle.FULL.withDigit(digit), successors, replicas, 2, 3);
        return within(ConfigKey.ROUTING_TABLE).equals("everyone") ? settings.withOneHop() : settings;
    }

    /** Timer periods and the deadline of ring messages. */
    public record Timing(Duration stabilize, Duration fixFingers, Duration failureTimeout) {}

    public Timing timing() {
        Timing preset = switch (within(ConfigKey.RING_PRESET)) {
            case "local" -> new Timing(Duration.ofMillis(150), Duration.ofMillis(200), Duration.ofSeconds(1));
            case "lan" -> new Timing(Duration.ofMillis(400), Duration.ofSeconds(2), Duration.ofMillis(1500));
            default -> new Timing(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(4));
        };
        return new Timing(
                or(ConfigKey.RING_STABILIZE, preset.stabilize()),
                or(ConfigKey.RING_FIX_FINGERS, preset.fixFingers()),
                or(ConfigKey.RING_FAILURE_TIMEOUT, preset.failureTimeout()));
    }

    /** Whether the holders of an arc agree on who they are. */
    public boolean quorum() {
        return within(ConfigKey.RING_CONSISTENCY).equals("quorum");
    }

    private Duration or(ConfigKey key, Duration preset) {
        return text(key).isEmpty() ? preset : duration(key);
    }
}
