package dev.chord.node;

import dev.chord.client.Progress;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.Await;
import dev.chord.core.blocks.BlockLimits;
import dev.chord.core.blocks.BlockSettings;
import dev.chord.core.id.Identifier;
import dev.chord.node.blocks.NodeBlocks;
import dev.chord.node.blocks.Repairer;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.loop.Timers;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.StoreLimits;
import dev.chord.node.store.Uptime;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a node stores in order: copies where they belong, damage found, what nobody needs let go. */
public final class Upkeep {
    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
    private static final int RENEWALS = 3;
    private static final Duration EXPIRE = Duration.ofMinutes(10);
    private static final Duration RECLAIM_LIMIT = Duration.ofMinutes(10);
    private static final Duration HEAL_LIMIT = Duration.ofSeconds(10);

    private final NodeConfig config;
    private final NodeStore store;
    private final Repairer repairer;
    private final NodeBlocks blocks;
    private final BlockClient client;
    private final Timers timers;
    private final Consumer<Runnable> background;
    private final AtomicBoolean repairQueued = new AtomicBoolean();
    private final AtomicBoolean maintaining = new AtomicBoolean();
    private final AtomicLong changes = new AtomicLong();
    private volatile Optional<Done> last = Optional.empty();

    /**
     * A finished round of repair.
     *
     * @param change the ring's last change that it knew of
     */
    private record Done(Repairer.Round round, long change, long nanos) {}

    Upkeep(
            NodeConfig config,
            NodeStore store,
            Repairer repairer,
            NodeBlocks blocks,
            BlockClient client,
            Timers timers,
            Consumer<Runnable> background) {
        this.config = config;
        this.store = store;
        this.repairer = repairer;
        this.blocks = blocks;
        this.client = client;
        this.timers = timers;
        this.background = background;
    }

    static StoreLimits limits(NodeConfig config) {
        return new StoreLimits(
                config.percent(ConfigKey.STORE_RESERVE),
                disk -> config.bytes(ConfigKey.STORE_QUOTA, disk),
                StoreLimits.SMALL);
    }

    /** How this node keeps blocks. */
    static BlockSettings blocks(NodeConfig config) {
        long lease = config.duration(ConfigKey.FILES_LEASE).toNanos() / 1000;
        long grace =
                config.duration(ConfigKey.FILES_RENEW).multipliedBy(RENEWALS).toNanos() / 1000;
        return new BlockSettings(
                config.ring().replicas(),
                config.bytes(ConfigKey.REPAIR_LIMIT),
                BlockLimits.DEFAULT.withLeases(lease, grace));
    }

    /**
     * What this node wants to keep beside others: its quota, by how much of the time it is there. It stays
     * the same while it runs.
     */
    static long weight(NodeStore store) {
        long mebibytes = store.blocks().quota() >> 20;
        return Math.max(1, mebibytes * store.uptime().eighths());
    }

    /** The blocks of the node. */
    public NodeBlocks blocks() {
        return blocks;
    }

    void start() {
        store.uptime().beat();
        timers.every(Uptime.BEAT, () -> store.uptime().beat());
        timers.every(EXPIRE, () -> background.accept(() -> store.uploads().expire()));
        timers.every(config.duration(ConfigKey.REPAIR_INTERVAL), () -> background.accept(this::maintain));
        timers.every(config.duration(ConfigKey.FILES_RENEW), blocks::round);
        timers.every(config.duration(ConfigKey.STORE_SCRUB), () -> background.accept(this::scrub));
        store.blocks().onDamage(digest -> background.accept(() -> heal(digest)));
        if (store.blocks().suspect()) {
            log.warn("the disk failed before the last start: every block is read once");
            background.accept(this::scrub);
        }
    }

    void ringChanged() {
        changes.incrementAndGet();
        repairSoon(config.duration(ConfigKey.REPAIR_DELAY));
    }

    private void repairSoon(Duration delay) {
        if (repairQueued.compareAndSet(false, true)) {
            timers.after(
                    delay,
                    () -> background.accept(() -> {
                        repairQueued.set(false);
                        maintain();
                    }));
        }
    }

    // One at a time: rounds that wait for each other would take the threads that all background work shares.
    private void maintain() {
        if (!maintaining.compareAndSet(false, true)) {
            repairSoon(config.duration(ConfigKey.REPAIR_DELAY));
            return;
        }
        try {
            maintainNow();
        } finally {
            maintaining.set(false);
        }
    }

    private void maintainNow() {
        blocks.expire();
        if (repairer.possible()) {
            Repairer.Round round = repair();
            if (round.copied() + round.dropped() > 0) {
                log.info("repair: {} checked, {} copied, {} dropped", round.checked(), round.copied(), round.dropped());
            }
            if (round.failed() > 0) {
                repairSoon(config.duration(ConfigKey.REPAIR_DELAY));
            }
        }
    }

    // The other holders would bring a new copy at their next round; this is sooner. What comes is verified.
    private void heal(Identifier digest) {
        ByteBuffer good = client.get(digest, List.of(), "", HEAL_LIMIT).data();
        blocks.heal(digest, good);
        log.info("block {} healed from another copy", digest.abbreviated());
    }

    /** Brings everything to its places, now. */
    public Repairer.Round repair() {
        return repair(Progress.NONE);
    }

    /** The same, told as it goes on. */
    public Repairer.Round repair(Progress progress) {
        long change = changes.get();
        Repairer.Round round = repairer.repair(progress);
        last = Optional.of(new Done(round, change, System.nanoTime()));
        return round;
    }

    /** Reads every block from the disk and puts damaged ones aside; returns their digests. */
    public List<Identifier> scrub() {
        return scrub(Progress.NONE);
    }

    /** The same, told block by block. */
    public List<Identifier> scrub(Progress progress) {
        List<Identifier> bad = store.blocks().scrub(progress);
        if (!bad.isEmpty()) {
            log.warn("scrub: {} damaged blocks put aside", bad.size());
        }
        return bad;
    }

    /** Brings everything here to enough other nodes, and keeps it. */
    public Repairer.Round drain(Progress progress) {
        return repairer.evacuate(progress);
    }

    /** Says for every name of this node which blocks it needs, and lets go of what nobody needs any more. */
    public void reclaim() {
        Await.REAL.of(blocks.round(), RECLAIM_LIMIT, "this node's blocks");
    }

    /**
     * How long ago everything was last seen to be in its places, with no change of the ring since; empty: it
     * was not.
     */
    public Optional<Duration> inPlaceFor() {
        return last.filter(done -> done.round().failed() == 0 && done.change() == changes.get())
                .map(done -> Duration.ofNanos(System.nanoTime() - done.nanos()));
    }
}
