package dev.chord.node.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Every setting: its key in files and flags, its default, what it means. The environment twin is CHORD_ and the key. */
public enum ConfigKey {
    NODE_NAME("node.name", "", "what people call this node; empty: the host name"),
    NODE_ZONE("node.zone", "default", "failure zone of this node"),
    NODE_DATA_DIR("node.data-dir", "", "where identity, blocks and records are kept; empty: the XDG data directory"),
    GRPC_BIND("net.grpc.bind", "127.0.0.1:7450", "address and port to listen on; port 0: any free one"),
    GRPC_ADVERTISE("net.grpc.advertise", "", "address others dial, HOST or HOST:PORT; empty: found"),
    HTTP_BIND("net.http.bind", "127.0.0.1:7480", "address and port of the page and of REST; empty: none"),
    HTTP_HOSTS("http.allowed-hosts", "", "further names this node goes by over HTTP, separated by commas"),
    TOKEN_FILE("security.token.file", "", "file with the token that HTTP writers show; needed beyond this machine"),
    INSECURE("net.insecure", "false", "allow listening beyond loopback without encryption"),
    RING_NAME("ring.name", "default", "the ring; nodes of another ring are refused"),
    RING_JOIN("ring.join", "", "seeds, HOST:PORT separated by commas; empty: found a ring, or find the old one again"),
    RING_FOUND("ring.found", "false", "found a new ring even if this node was in one with others before"),
    RING_JOIN_TIMEOUT("ring.join-timeout", "30s", "how long to try the seeds"),
    RING_REPLICAS("ring.replicas", "3", "copies of each block and record, on distinct processes"),
    RING_SUCCESSORS("ring.successors", "8", "length of successor lists, in distinct processes"),
    RING_VNODES("ring.vnodes", "1", "members of the ring this process hosts"),
    RING_WRITE_QUORUM("ring.write-quorum", "2", "copies a record needs before a write is acknowledged"),
    RING_READ_QUORUM("ring.read-quorum", "2", "copies asked when the owner of a record is out of reach"),
    RING_CONSISTENCY(
            "ring.consistency",
            "quorum",
            "where too few of a name's holders are in reach: quorum (it is refused) or eventual (whoever is left takes over; what"
                    + " is written on two sides of a cut loses one of them); the same on every node, from the founding on"),
    RING_PRESET("ring.preset", "lan", "timers for a kind of network: local, lan or wan"),
    RING_STABILIZE("ring.stabilize-interval", "", "time between stabilize rounds; empty: by preset"),
    RING_FIX_FINGERS("ring.fix-fingers-interval", "", "time between finger repairs; empty: by preset"),
    RING_FAILURE_TIMEOUT("ring.failure-timeout", "", "deadline of ring messages; empty: by preset"),
    ROUTING_DIGIT(
            "routing.digit",
            "1",
            "binary digits of a distance that one finger settles, 1 to 8: more make the table larger and ways shorter, each node"
                    + " for itself"),
    ROUTING_TABLE(
            "routing.table",
            "fingers",
            "whom members know: fingers (some, at growing distances) or everyone (keys are found in one hop; every coming and going"
                    + " is told to all); the same on every node"),
    ROUTING_REFRESH(
            "routing.refresh", "200B", "bytes a second for looking up again what is remembered of the ring; 0: none"),
    RECORDS_LEASE("records.lease", "30m", "how long a provider is listed without refresh"),
    RECORDS_REFRESH("records.refresh", "12m", "time between refreshes of what this node shares"),
    REPAIR_DELAY("repair.delay", "30s", "wait after a change of the ring before copies are moved"),
    REPAIR_INTERVAL("repair.interval", "10m", "time between checks that every copy is where it should be"),
    REPAIR_LIMIT("repair.limit", "50MiB", "bytes a second that repair may send"),
    FILES_LEASE("files.lease", "30d", "how long a block that no name needs is kept, as after a broken upload"),
    FILES_RENEW(
            "files.renew-interval",
            "1h",
            "how often names say which blocks they need; a deleted file's go after three"),
    STORE_QUOTA("store.quota", "80%", "bytes of blocks kept here at most: a size, or a share of the disk"),
    STORE_SCRUB("store.scrub-interval", "7d", "time between readings of every block from the disk"),
    STORE_RESERVE("store.reserve", "5%", "share of the disk that is never filled");

    private final String key;
    private final String defaultValue;
    private final String description;

    ConfigKey(String key, String defaultValue, String description) {
        this.key = key;
        this.defaultValue = defaultValue;
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

    /** The name of the environment variable that sets it. */
    public String environmentName() {
        return "CHORD_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    public static Optional<ConfigKey> byKey(String key) {
        return Arrays.stream(values()).filter(k -> k.key.equals(key)).findFirst();
    }

    /** The valid key that looks most like what was written. */
    public static ConfigKey nearest(String written) {
        ConfigKey best = NODE_NAME;
        for (ConfigKey candidate : values()) {
            if (distance(candidate.key, written) < distance(best.key, written)) {
                best = candidate;
            }
        }
        return best;
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
