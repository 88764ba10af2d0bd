package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.locate.Seeds;
import dev.chord.client.record.RecordClient;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCalls;
import dev.chord.core.bounds.HostRule;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A connection to a ring. Thread-safe; every call blocks for a finite time. Close it when done.
 *
 * <pre>{@code
 * try (Ring ring = Ring.connect("seed1.example:7450", "seed2.example:7450")) {
 *     Stored stored = ring.files().put(Path.of("thesis.pdf"), "thesis.pdf");
 *     ring.files().download(stored.name(), Path.of("copy.pdf"));
 * }
 * }</pre>
 */
public final class Ring implements AutoCloseable {
    private static final Duration GIVING_BACK = Duration.ofSeconds(2);

    private final RingOptions options;
    private final PeerChannels channels;
    private final Peer entry;
    private final ExecutorService workers;
    private final RingFiles files;
    private final RingStreams streams;
    private final RingNames names;
    private final Topology topology;
    private final Holders holders;
    private final Diagnosis diagnosis;
    private final AsyncRing async;
    private final Parts parts;

    private Ring(RingOptions options, PeerChannels channels, Peer entry, List<Endpoint> seeds) {
        this.options = options;
        this.channels = channels;
        this.entry = entry;
        this.workers = Executors.newFixedThreadPool(2 * options.window(), DaemonThreads.named("chord-transfer-%d"));
        KeyLocator locator = new KeyLocator(channels, seeds);
        locator.met(entry);
        RecordClient records = new RecordClient(channels, locator, options.replicas(), options.readQuorum());
        BlockClient blocks = new BlockClient(channels, locator);
        parts = new Parts(channels, locator, records, blocks, workers);
        this.topology = new Topology(parts, seeds, options);
        this.holders = new Holders(channels, topology);
        this.names = new RingNames(parts, options);
        this.files = new RingFiles(parts, names, entry, options);
        this.streams = new RingStreams(parts, files, options);
        this.diagnosis = new Diagnosis(parts, files, options);
        this.async = new AsyncRing(this, parts, options.timeout());
    }

    /** What the parts of one connection share. */
    record Parts(
            PeerChannels channels,
            KeyLocator locator,
            RecordClient records,
            BlockClient blocks,
            ExecutorService workers) {}

    /**
     * Connects through the first seed that answers.
     *
     * @param seeds HOST:PORT each
     * @throws ChordException UNREACHABLE, naming every address tried and why it did not help
     */
    public static Ring connect(String... seeds) {
        return connect(
                RingOptions.DEFAULT, Arrays.stream(seeds).map(Ring::parse).toList());
    }

    public static Ring connect(RingOptions options, List<Endpoint> seeds) {
        if (seeds.isEmpty()) {
            throw new ChordException(ErrorCode.USAGE, "no node to connect to was given", "name one as HOST:PORT");
        }
        return connect(options, seeds, new PeerChannels(options.ringName()));
    }

    /** The same through channels of one's own, which are closed with the connection. */
    public static Ring connect(RingOptions options, List<Endpoint> seeds, PeerChannels channels) {
        RingCalls calls = new RingCalls(channels);
        List<String> troubles = new ArrayList<>();
        ErrorCode code = ErrorCode.UNREACHABLE;
        String hint = "is a node running there? start one with 'chord up'";
        List<Endpoint> all = resolve(seeds, troubles);
        for (Seeds.Answer answer : Seeds.ask(calls, all, options.timeout(), at -> true)) {
            if (answer.at().isPresent()) {
                return new Ring(options, channels, answer.at().get().self(), all);
            }
            ChordException e = answer.failure().orElseThrow();
            troubles.add(answer.seed() + ": " + e.getMessage());
            boolean decided = e.code() != ErrorCode.UNREACHABLE && e.code() != ErrorCode.DEADLINE;
            code = decided ? e.code() : code;
            hint = decided ? e.hint() : hint;
        }
        channels.close();
        throw new ChordException(code, "no node answered; tried " + String.join("; ", troubles), hint);
    }

    /**
     * Every address behind the names given: a name may stand for several.
     *
     * @param troubles takes a line for each name that cannot be resolved
     */
    public static List<Endpoint> resolve(List<Endpoint> seeds, List<String> troubles) {
        List<Endpoint> result = new ArrayList<>();
        for (Endpoint seed : seeds) {
            try {
                for (InetAddress address : InetAddress.getAllByName(seed.host())) {
                    if (HostRule.neverDialled(
                            address.getAddress())) { // such a one has a zone, or is of this link alone
                        troubles.add(seed + ": " + address.getHostAddress() + " is never dialled");
                    } else {
                        result.add(new Endpoint(address.getHostAddress(), seed.port()));
                    }
                }
            } catch (UnknownHostException e) {
                troubles.add(seed + ": no such host");
            }
        }
        return result.stream().distinct().toList();
    }

    private static Endpoint parse(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE, String.valueOf(e.getMessage()), "write for example 127.0.0.1:7450", e);
        }
    }

    /** Store, share, locate and fetch files. */
    public RingFiles files() {
        return files;
    }

    /** Downloads that can be steered: limited, paused, cancelled. */
    public RingTransfers transfers() {
        return files.transfers();
    }

    /** Files as streams of bytes. */
    public RingStreams streams() {
        return streams;
    }

    /** The names of files, with versions. */
    public RingNames names() {
        return names;
    }

    /** Who is in the ring, and how a key is found. */
    public Topology topology() {
        return topology;
    }

    /** Who keeps the names, and whom they wait for. */
    public Holders holders() {
        return holders;
    }

    /** What is where, and what is not where it should be. */
    public Diagnosis diagnosis() {
        return diagnosis;
    }

    /** The same for callers that do not wait. */
    public AsyncRing async() {
        return async;
    }

    /** The node this client came in through. */
    public Peer entry() {
        return entry;
    }

    public RingOptions options() {
        return options;
    }

    /**
     * Ends what is under way. What uploads have stored under no name yet is given back, for which those who
     * have it are waited for a moment.
     */
    @Override
    public void close() {
        parts.blocks().giveBack(GIVING_BACK);
        async.close();
        streams.close();
        workers.shutdownNow();
        channels.close();
    }
}
