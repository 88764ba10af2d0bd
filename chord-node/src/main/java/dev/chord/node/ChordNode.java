package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.FoundMembers;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.record.RecordClient;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.client.wire.Known;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCalls;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Fact;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.RecordLimits;
import dev.chord.core.records.RecordSettings;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.node.blocks.Departure;
import dev.chord.node.blocks.NodeBlocks;
import dev.chord.node.blocks.Repairer;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.Listening;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.loop.Timers;
import dev.chord.node.records.NodeRecords;
import dev.chord.node.rpc.AdminServer;
import dev.chord.node.rpc.BlockCalls;
import dev.chord.node.rpc.BlockServer;
import dev.chord.node.rpc.GrpcTransport;
import dev.chord.node.rpc.NameFeed;
import dev.chord.node.rpc.NodeServer;
import dev.chord.node.rpc.QuestionCalls;
import dev.chord.node.rpc.RecordServer;
import dev.chord.node.rpc.RequestChecks;
import dev.chord.node.rpc.RingServer;
import dev.chord.node.rpc.ServerGuard;
import dev.chord.node.rpc.TakerCheck;
import dev.chord.node.rpc.TransferLog;
import dev.chord.node.share.ProviderWatch;
import dev.chord.node.share.SharedBlocks;
import dev.chord.node.share.SharedCheck;
import dev.chord.node.share.Sharing;
import dev.chord.node.store.DataDirectory;
import dev.chord.node.store.NodeStore;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.node.telemetry.Refusals;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: a process's members of the ring, its store and its services. Started, then joined, then closed.
 */
public final class ChordNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChordNode.class);
    private static final Duration ROUTES_ROUND = Duration.ofSeconds(10);

    private final NodeConfig config;
    private final DataDirectory directory;
    private final NodeStore store;
    private final PeerChannels channels;
    private final NodeLoop loop;
    private final Timers timers;
    private final NodeServer server;
    private final Peer self;
    private final Upkeep upkeep;
    private final Sharing sharing;
    private final ProviderWatch watch;
    private final KeyLocator locator;
    private final Membership membership;
    private final Departure departure;
    private final BackgroundPool background;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final NodeMetrics metrics;
    private final NodeRecords keeping;
    private final NodeBlocks blocks;
    private final NameFeed feed;
    private final Patience patience;

    private ChordNode(
            NodeConfig config,
            MeterRegistry registry,
            Function<String, PeerChannels> network,
            Optional<TraceRecorder> recorder)
            throws IOException {
        this.config = config;
        RingSettings settings = config.ring();
        NodeConfig.Timing timing = config.timing();
        String ringName = config.text(ConfigKey.RING_NAME);
        metrics = new NodeMetrics(registry);
        Refusals refusals = metrics.refusals();
        background = new BackgroundPool(4, "chord-background", refusals);
        patience = Patience.of(config, System.getenv(), ProcessHandle.current().pid());
        server = patience.await("its own address", () -> NodeServer.bound(Listening.bind(config)));
        NodeDisk disk;
        try {
            disk = patience.await("its disk", () -> NodeDisk.open(config));
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        directory = disk.directory();
        store = disk.store();
        channels = network.apply(ringName);
        GrpcTransport transport = new GrpcTransport(channels, timing.failureTimeout(), refusals);
        loop = new NodeLoop(transport, new Reactions(), fault -> refusals.failed("the node's loop", fault));
        timers = new Timers(loop);
        Endpoint endpoint = Listening.advertised(config, server.address());
        self = member(endpoint, 0);
        for (int i = 0; i < config.number(ConfigKey.RING_VNODES); i++) {
            loop.add(NodeState.outside(member(endpoint, i), settings));
        }
        store.uploads().share(() -> settings.replicas() / (1.0 + loop.processes()));
        locator = new KeyLocator(channels, List.of(endpoint), loop::guess);
        BlockClient client = new BlockClient(channels, locator);
        blocks = new NodeBlocks(
                loop,
                store,
                Upkeep.blocks(config),
                new BlockCalls(channels),
                client,
                new NodeBlocks.Hearers(metrics::repaired, fault -> refusals.failed("the blocks of the node", fault)));
        keeping = new NodeRecords(
                loop,
                store,
                new RecordSettings(config.quorum(), config.number(ConfigKey.RING_WRITE_QUORUM), RecordLimits.DEFAULT),
                new QuestionCalls(channels),
                new NodeRecords.Hearers(
                        blocks::replaced, fault -> refusals.failed("the records of the node", fault), recorder));
        Repairer repairer = new Repairer(loop, store, blocks, keeping);
        upkeep = new Upkeep(config, store, repairer, blocks, client, timers, this::later);
        int readQuorum = config.number(ConfigKey.RING_READ_QUORUM);
        RecordClient records = new RecordClient(channels, locator, settings.replicas(), readQuorum);
        sharing = new Sharing(
                new Sharing.Ring(self, client, records, settings.replicas()),
                store.shared(),
                config.duration(ConfigKey.RECORDS_LEASE),
                config.shareRoots());
        FoundMembers members = new FoundMembers(locator);
        SharedBlocks shared = new SharedBlocks(store.shared(), (path, why) -> later(() -> sharing.noticed(path, why)));
        watch = new ProviderWatch(self, loop, store.records(), new RingCalls(channels), members, metrics);
        membership = new Membership(loop, store, config, keeping, new RingCalls(channels));
        departure = new Departure(loop, repairer, store, keeping);
        feed = new NameFeed(loop, store.records(), self.incarnation());
        metrics.watch(loop, store);
        server.serve(
                new ServerGuard(ringName, metrics),
                new RequestChecks(new Known(store.records()::epoch, loop::incarnation, loop::hosts), refusals),
                loop::remembered,
                new RingServer(loop, locator),
                new BlockServer(store.blocks(), shared, blocks, new TransferLog(store.notebook()), members, metrics),
                new RecordServer(
                        loop,
                        store.records(),
                        keeping,
                        watch,
                        new SharedCheck(records, client, members),
                        feed,
                        new TakerCheck(loop, channels, new KeyLocator(channels, List.of(endpoint), loop::guess)),
                        refusals,
                        server.coordinators()),
                new AdminServer(config, loop, store, sharing, new NodeDuties(this)));
        directory.writeAddress(endpoint.toString());
    }

    /**
     * Starts a node and brings it into its ring: the one of its seeds, the one it was in before, or a
     * new one.
     *
     * @throws ChordException if it cannot start, or cannot join in time; then nothing is left running
     */
    public static ChordNode start(NodeConfig config, MeterRegistry registry) {
        return start(config, registry, PeerChannels::new);
    }

    /** The same with channels to other nodes of one's own, made for the ring's name. */
    public static ChordNode start(NodeConfig config, MeterRegistry registry, Function<String, PeerChannels> network) {
        return start(config, registry, network, Optional.empty());
    }

    /** The same while a trace is kept of what the node does with records: see {@link TraceRecorder}. */
    public static ChordNode start(
            NodeConfig config,
            MeterRegistry registry,
            Function<String, PeerChannels> network,
            Optional<TraceRecorder> recorder) {
        ChordNode node = open(config, registry, network, recorder);
        try {
            node.enter();
            return node;
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /**
     * The first half of a start: the node has its address and its disk and answers, but is in no ring until
     * {@link #enter}.
     *
     * @throws ChordException if its settings, its address or its disk are no good; then nothing is
     *     left running
     */
    public static ChordNode open(NodeConfig config, MeterRegistry registry) {
        return open(config, registry, PeerChannels::new, Optional.empty());
    }

    private static ChordNode open(
            NodeConfig config,
            MeterRegistry registry,
            Function<String, PeerChannels> network,
            Optional<TraceRecorder> recorder) {
        Surroundings.requireUnicodeNames();
        Surroundings.requireOpenFiles();
        try {
            return new ChordNode(config.check(), registry, network, recorder);
        } catch (IOException e) {
            throw new ChordException(ErrorCode.INTERNAL, "the node cannot start: " + e.getMessage(), "", e);
        }
    }

    /**
     * Brings the node into its ring, once.
     *
     * @throws ChordException if it cannot join in time; the node still has to be closed
     */
    public void enter() {
        patience.await("its own address", new DialBack(new RingCalls(channels), self)::dial);
        timers.start(config.timing());
        membership.enter(config.seeds(), patience);
        timers.every(config.duration(ConfigKey.RECORDS_REFRESH), () -> later(sharing::refresh));
        timers.every(ProviderWatch.PERIOD, () -> later(watch::round));
        long refresh = ROUTES_ROUND.toSeconds() * config.bytes(ConfigKey.ROUTING_REFRESH);
        timers.every(
                ROUTES_ROUND, () -> later(() -> locator.refresh(refresh, ROUTES_ROUND.multipliedBy(6), ROUTES_ROUND)));
        upkeep.start();
        if (config.quorum()) {
            timers.every(config.timing().stabilize(), keeping::keepUp);
        }
        if (!sharing.all().isEmpty()) {
            later(sharing::refresh); // this node may have come back at another address
        }
    }

    // Member 0 has the process's own identifier; the others are derived from it.
    private Peer member(Endpoint endpoint, int index) {
        Identifier process = directory.identity();
        Identifier id = process;
        if (index > 0) {
            id = Identifier.sha256(ByteBuffer.allocate(Identifier.BYTES + Integer.BYTES)
                    .put(process.toBytes())
                    .putInt(index)
                    .array());
        }
        return new Peer(
                id, endpoint, config.text(ConfigKey.NODE_ZONE), process, directory.incarnation(), Upkeep.weight(store));
    }

    private void later(Runnable task) {
        if (!background.accepts(task)) {
            log.debug("too much to do, or stopping: a background task was dropped; the next round does it");
        }
    }

    /** What the loop's reports lead to. */
    private final class Reactions implements NodeLoop.Listener {
        @Override
        public void fact(Peer member, Fact fact) {
            metrics.fact(fact);
            boolean trying =
                    fact instanceof Fact.PhaseChanged c && (c.to() == Phase.JOINING || c.to() == Phase.OUTSIDE);
            if (trying) {
                log.debug("{}: {}", member.id(), fact);
            } else if (fact instanceof Fact.PhaseChanged changed) {
                log.info("{}: {} -> {}", member.id(), changed.from(), changed.to());
            } else if (fact instanceof Fact.PeerPresumedDead dead) {
                log.info("{}: {} is presumed dead: {}", member.id(), dead.peer(), dead.reason());
            } else {
                log.debug("{}: {}", member.id(), fact);
            }
            if (fact instanceof Fact.SuccessorsChanged) {
                store.notebook().rememberPeers(loop.remembered());
                upkeep.ringChanged();
            } else if (fact instanceof Fact.PredecessorChanged || fact instanceof Fact.OwnershipChanged) {
                upkeep.ringChanged();
                feed.changed();
            }
        }

        @Override
        public void takeArc(Peer member, Action.TakeArc take) {
            keeping.take(member, take);
        }
    }

    /** The version of this build. */
    public static String version() {
        String version = ChordNode.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    public Peer self() {
        return self;
    }

    public NodeConfig config() {
        return config;
    }

    /** The address it really listens on. */
    public Endpoint endpoint() {
        return self.endpoint();
    }

    public NodeLoop loop() {
        return loop;
    }

    public NodeStore store() {
        return store;
    }

    public Sharing sharing() {
        return sharing;
    }

    /** Its records. */
    public NodeRecords keeping() {
        return keeping;
    }

    public Membership membership() {
        return membership;
    }

    /** What keeps the data here in order. */
    public Upkeep upkeep() {
        return upkeep;
    }

    /** Hands over and leaves; see {@link Departure#leave}. The node still has to be closed. */
    public void leave(boolean force, Departure.Watcher watcher) {
        departure.leave(force, watcher);
    }

    /** Closes the node soon, from another thread: for a call that is being answered by it. */
    public void closeSoon() {
        DaemonThreads.named("chord-closer")
                .newThread(() -> {
                    server.drain();
                    close();
                })
                .start();
    }

    /** Waits until the node is closed. */
    public void awaitClose() throws InterruptedException {
        stopped.await();
    }

    /** Stops without handing over: its data stays its own, and it can come back. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        timers.close();
        server.close();
        feed.close();
        background.close();
        keeping.close();
        blocks.close();
        loop.close();
        channels.close();
        store.close();
        try {
            directory.close();
        } catch (IOException e) {
            log.warn("closing the data directory", e);
        }
        stopped.countDown();
    }
}
