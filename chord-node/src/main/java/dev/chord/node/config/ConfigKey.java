package dev.chord.node.config;

import static dev.chord.node.config.SettingRange.dialable;
import static dev.chord.node.config.SettingRange.directories;
import static dev.chord.node.config.SettingRange.duration;
import static dev.chord.node.config.SettingRange.flag;
import static dev.chord.node.config.SettingRange.hosts;
import static dev.chord.node.config.SettingRange.listening;
import static dev.chord.node.config.SettingRange.number;
import static dev.chord.node.config.SettingRange.oneOf;
import static dev.chord.node.config.SettingRange.path;
import static dev.chord.node.config.SettingRange.seeds;
import static dev.chord.node.config.SettingRange.share;
import static dev.chord.node.config.SettingRange.size;
import static dev.chord.node.config.SettingRange.sizeOrShare;
import static dev.chord.node.config.SettingRange.text;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Every setting: its key in files and flags, its default, what it means. The environment twin is CHORD_ and
 * the key.
 */
public enum ConfigKey {
    NODE_NAME("node.name", "", text(255).orEmpty(), "what people call this node; empty: the host name"),
    NODE_ZONE("node.zone", "default", text(255), "failure zone of this node"),
    NODE_DATA_DIR(
            "node.data-dir",
            "",
            path().orEmpty(),
            "where identity, blocks and records are kept; empty: the XDG data directory"),
    GRPC_BIND("net.grpc.bind", "127.0.0.1:7450", listening(), "address and port to listen on; port 0: any free one"),
    GRPC_ADVERTISE(
            "net.grpc.advertise", "", dialable().orEmpty(), "address others dial, HOST or HOST:PORT; empty: found"),
    HTTP_BIND(
            "net.http.bind",
            "127.0.0.1:7480",
            listening().orEmpty(),
            "address and port of the page and of REST; empty: none"),
    HTTP_HOSTS("http.allowed-hosts", "", hosts(), "further names this node goes by over HTTP, separated by commas"),
    TOKEN_FILE(
            "security.token.file",
            "",
            path().orEmpty(),
            "file with the token that HTTP writers show; needed beyond this machine"),
    HEALTH_BIND(
            "net.health.bind",
            "",
            listening().orEmpty(),
            "address and port that serve health and metrics and nothing else; empty: none besides net.http.bind"),
    HTTP_UPLOADS(
            "http.uploads",
            "",
            number(2, 65_536).orEmpty(),
            "uploads over HTTP at once; empty: one for each 8 MiB of memory, 256 at most"),
    HTTP_DOWNLOADS(
            "http.downloads",
            "",
            number(2, 65_536).orEmpty(),
            "downloads of more than a chunk at once; empty: one for each 8 MiB of memory, 256 at most"),
    HTTP_LISTENERS("http.listeners", "512", number(2, 65_536), "event streams at once"),
    HTTP_REQUESTS("http.requests", "256", number(2, 65_536), "other requests over HTTP at once"),
    HTTP_CONNECTIONS(
            "http.connections",
            "4096",
            number(16, 65_536),
            "connections over HTTP at once; beyond, the longest silent is closed"),
    INSECURE("net.insecure", "false", flag(), "allow listening beyond loopback without encryption"),
    RING_NAME("ring.name", "default", text(255), "the ring; nodes of another ring are refused"),
    RING_JOIN(
            "ring.join",
            "",
            seeds(),
            "seeds, HOST:PORT separated by commas; empty: found a ring, or find the old one again"),
    RING_FOUND("ring.found", "false", flag(), "found a new ring even if this node was in one with others before"),
    RING_JOIN_TIMEOUT(
            "ring.join-timeout",
            "30s",
            duration("1s", "365d"),
            "how long a start waits for its disk, for its own address and for its seeds, each; unless given, for ever"
                    + " under a service manager (NOTIFY_SOCKET) and as process 1"),
    RING_REPLICAS("ring.replicas", "3", number(1, 64), "copies of each block and record, on distinct processes"),
    RING_SUCCESSORS("ring.successors", "8", number(2, 64), "length of successor lists, in distinct processes"),
    RING_VNODES("ring.vnodes", "1", number(1, 64), "members of the ring this process hosts"),
    RING_WRITE_QUORUM("ring.write-quorum", "2", number(1, 64), "copies a record needs before a write is acknowledged"),
    RING_READ_QUORUM("ring.read-quorum", "2", number(1, 64), "copies asked when the owner of a record is out of reach"),
    RING_CONSISTENCY(
            "ring.consistency",
            "quorum",
            oneOf("quorum", "eventual"),
            "where too few of a name's holders are in reach: quorum (it is refused) or eventual (whoever is left takes over; what"
                    + " is written on two sides of a cut loses one of them); the same on every node, from the founding on"),
    RING_PRESET("ring.preset", "lan", oneOf("local", "lan", "wan"), "timers for a kind of network: local, lan or wan"),
    RING_STABILIZE(
            "ring.stabilize-interval",
            "",
            duration("10ms", "1h").orEmpty(),
            "time between stabilize rounds; empty: by preset"),
    RING_FIX_FINGERS(
            "ring.fix-fingers-interval",
            "",
            duration("10ms", "1h").orEmpty(),
            "time between finger repairs; empty: by preset"),
    RING_FAILURE_TIMEOUT(
            "ring.failure-timeout",
            "",
            duration("50ms", "10m").orEmpty(),
            "deadline of ring messages; empty: by preset"),
    ROUTING_DIGIT(
            "routing.digit",
            "1",
            number(1, 8),
            "binary digits of a distance that one finger settles, 1 to 8: more make the table larger and ways shorter, each node"
                    + " for itself"),
    ROUTING_TABLE(
            "routing.table",
            "fingers",
            oneOf("fingers", "everyone"),
            "whom members know: fingers (some, at growing distances) or everyone (keys are found in one hop; every coming and going"
                    + " is told to all); the same on every node"),
    ROUTING_REFRESH(
            "routing.refresh",
            "200B",
            size("0B", "1GiB"),
            "bytes a second for looking up again what is remembered of the ring; 0B: none"),
    SHARE_ROOTS(
            "share.roots",
            "",
            directories(),
            "directories that files are shared from, separated by commas; empty: whatever the node's user can read, over HTTP nothing"),
    RECORDS_LEASE("records.lease", "30m", duration("1s", "2h"), "how long a provider is listed without refresh"),
    RECORDS_REFRESH(
            "records.refresh", "12m", duration("500ms", "2h"), "time between refreshes of what this node shares"),
    REPAIR_DELAY(
            "repair.delay", "30s", duration("100ms", "1d"), "wait after a change of the ring before copies are moved"),
    REPAIR_INTERVAL(
            "repair.interval",
            "10m",
            duration("500ms", "30d"),
            "time between checks that every copy is where it should be"),
    REPAIR_LIMIT("repair.limit", "50MiB", size("1KiB", "1TiB"), "bytes a second that repair may send"),
    FILES_LEASE(
            "files.lease",
            "30d",
            duration("1s", "3650d"),
            "how long a block that no name needs is kept, unless who stored it takes it back"),
    FILES_RENEW(
            "files.renew-interval",
            "1h",
            duration("100ms", "365d"),
            "how often names say which blocks they need; a deleted file's go after three"),
    STORE_QUOTA(
            "store.quota",
            "80%",
            sizeOrShare(size("0B", "100000TiB"), share(0, 99)),
            "bytes of blocks kept here at most: a size, or a share of the disk"),
    STORE_SCRUB(
            "store.scrub-interval",
            "7d",
            duration("500ms", "3650d"),
            "time between readings of every block from the disk"),
    STORE_RESERVE("store.reserve", "5%", share(0, 90), "share of the disk that is never filled");

    /** What must not come from a file that merely lies where a command is run: see {@link #guarded}. */
    private static final List<String> GUARDED_GROUPS = List.of("net.", "http.", "security.", "share.");

    private final String key;
    private final String defaultValue;
    private final SettingRange range;
    private final String description;

    ConfigKey(String key, String defaultValue, SettingRange range, String description) {
        this.key = key;
        this.defaultValue = defaultValue;
        this.range = range;
        this.description = description;
    }

    public String key() {
        return key;
    }

    public String defaultValue() {
        return defaultValue;
    }

    public String description() {
        return description;
    }

    /** What it may be, alone; {@link NodeConfig#check} knows what it may be beside others. */
    public SettingRange range() {
        return range;
    }

    /**
     * Whether it opens the node to others, leads it or its commands elsewhere, or takes a promise back. Such
     * a setting is taken from where the user has put it, never from a {@code .env} file of the working
     * directory, which may be anybody's.
     */
    public boolean guarded() {
        return GUARDED_GROUPS.stream().anyMatch(key::startsWith)
                || this == NODE_DATA_DIR
                || this == RING_JOIN
                || this == RING_FOUND
                || this == RING_CONSISTENCY;
    }

    /** The name of the environment variable that sets it. */
    public String environmentName() {
        return "CHORD_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    public static Optional<ConfigKey> byKey(String key) {
        return Arrays.stream(values()).filter(k -> k.key.equals(key)).findFirst();
    }

    /** The valid key that looks most like what was written. */
    public static ConfigKey nearest(String written) {
        return nearest(written, ConfigKey::key);
    }

    /** The key whose environment variable looks most like the one that was written. */
    static ConfigKey nearestVariable(String written) {
        return nearest(written, ConfigKey::environmentName);
    }

    private static ConfigKey nearest(String written, Function<ConfigKey, String> spelling) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(key -> distance(spelling.apply(key), written)))
                .orElseThrow();
    }

    // Levenshtein distance, row by row.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swap = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(swap, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
