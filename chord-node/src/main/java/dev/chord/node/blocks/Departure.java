package dev.chord.node.blocks;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.Await;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Records;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.records.NodeRecords;
import dev.chord.node.store.NodeStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A polite leave, stage by stage: consent, copies, farewell, ownership. Reads and writes go on all the while.
 */
public final class Departure {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long PAUSE_MILLIS = 100;
    private static final int ROUNDS = 5;

    private final NodeLoop loop;
    private final Repairer repairer;
    private final NodeStore store;
    private final NodeRecords records;

    public Departure(NodeLoop loop, Repairer repairer, NodeStore store, NodeRecords records) {
        this.records = records;
        this.loop = loop;
        this.repairer = repairer;
        this.store = store;
    }

    /** Hears of progress. */
    public interface Watcher {
        void stage(String stage, long done, long total);
    }

    /**
     * Hands everything over and leaves the ring; the process can stop afterwards.
     *
     * @param force leave even if fewer copies than asked for would remain
     * @throws ChordException WOULD_LOSE_DATA without force; UNREACHABLE if the neighbours do not agree
     *     in time
     */
    public void leave(boolean force, Watcher watcher) {
        NodeState first = loop.states().get(0);
        boolean holdsData = store.blocks().count() > 0 || store.records().count() > 0;
        refuseIfDataWouldSuffer(first, force, holdsData);
        watcher.stage("asking the neighbours", 0, 1);
        for (NodeState member : loop.states()) {
            consent(member.self());
        }
        boolean lastOne = first.alone();
        try {
            if (!lastOne) {
                copyAll(force, watcher);
            }
        } catch (RuntimeException e) {
            loop.states().forEach(s -> loop.command(s.self().id(), new Command.CancelLeave()));
            throw e;
        }
        watcher.stage("saying goodbye", 0, 1);
        for (NodeState member : loop.states()) {
            await(loop.command(member.self().id(), new Command.Depart()));
        }
        if (!lastOne) {
            watcher.stage("waiting until others speak for the keys", 0, 1);
            awaitHandover();
        }
        watcher.stage("left", 1, 1);
    }

    private static void refuseIfDataWouldSuffer(NodeState member, boolean force, boolean holdsData) {
        if (force || !holdsData) {
            return;
        }
        int others = member.view().successors().processes();
        boolean whole = member.view().successors().namesWholeRing();
        int replicas = member.settings().replicas();
        if (whole && others < replicas) {
            throw new ChordException(
                    ErrorCode.WOULD_LOSE_DATA,
                    others == 0
                            ? "this is the last node: what it stores would be gone"
                            : "only " + others + " nodes would remain for " + replicas + " copies",
                    "start more nodes first, or say --force");
        }
    }

    // Neighbours that leave at the same time refuse each other: then one of them comes first by chance.
    private void consent(Peer member) {
        long end = System.nanoTime() + LIMIT.toNanos();
        String why = "";
        while (System.nanoTime() < end) {
            Outcome outcome = await(loop.command(member.id(), new Command.Leave()));
            if (outcome instanceof Outcome.Done) {
                return;
            }
            why = outcome instanceof Outcome.Declined declined ? declined.reason() : outcome.toString();
            sleep(PAUSE_MILLIS + ThreadLocalRandom.current().nextLong(4 * PAUSE_MILLIS));
        }
        throw new ChordException(ErrorCode.UNREACHABLE, "the neighbours do not let go: " + why, "try again");
    }

    private void copyAll(boolean force, Watcher watcher) {
        Repairer.Round last = Repairer.Round.NOTHING;
        for (int round = 0; round < ROUNDS; round++) {
            last = repairer.evacuate((done, total) -> watcher.stage("handing over copies", done, total));
            if (last.failed() == 0) {
                return;
            }
            sleep(5 * PAUSE_MILLIS);
        }
        if (!force) {
            throw new ChordException(
                    ErrorCode.UNFINISHED,
                    last.failed() + " blocks or records could not be handed over",
                    "run 'chord leave' again; what is done is kept");
        }
    }

    private void awaitHandover() {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < end
                && (records.get(Records::named)
                        || loop.states().stream()
                                .anyMatch(s -> s.ownership().settled().isPresent()))) {
            sleep(PAUSE_MILLIS / 4);
        }
    }

    private static Outcome await(CompletableFuture<Outcome> outcome) {
        return Await.REAL.of(outcome, LIMIT, "this node's ring");
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }
}
