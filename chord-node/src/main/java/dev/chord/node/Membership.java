package dev.chord.node;

import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.RingCalls;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.records.NodeRecords;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.Notebook;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node comes into a ring. */
public final class Membership {
    private static final Logger log = LoggerFactory.getLogger(Membership.class);
    private static final Duration SEED_LIMIT = Duration.ofSeconds(5);
    private static final Duration FOUND_LIMIT = Duration.ofSeconds(10);
    private static final int ALL_TRIED_SECONDS = 60;

    private final NodeLoop loop;
    private final Notebook notebook;
    private final NodeConfig config;
    private final NodeRecords records;
    private final RingCalls calls;

    Membership(NodeLoop loop, NodeStore store, NodeConfig config, NodeRecords records, RingCalls calls) {
        this.calls = calls;
        this.records = records;
        this.loop = loop;
        this.notebook = store.notebook();
        this.config = config;
    }

    void enter(List<Endpoint> seeds, Patience patience) {
        Peer first = loop.states().get(0).self();
        List<Peer> remembered = notebook.peers();
        if (!seeds.isEmpty()) {
            joinAll(seeds, patience);
        } else if (remembered.isEmpty() || config.flag(ConfigKey.RING_FOUND)) {
            long epoch = newEpoch(first);
            await(first, new Command.Found(epoch));
            joinOthers(first);
        } else {
            // It was in a ring with others: it looks for them, and does not speak for anything alone.
            log.info("looking for the {} nodes of the ring this node was in", remembered.size());
            await(first, new Command.Recover(remembered));
        }
    }

    private long newEpoch(Peer founder) {
        return Await.REAL
                .of(
                        records.<Optional<Long>>call((engine, then) -> engine.found(founder, then)),
                        FOUND_LIMIT,
                        "this node's disk")
                .orElseThrow(() -> new ChordException(
                        ErrorCode.INTERNAL, "this node's disk does not take what it founds", "check the disk"));
    }

    /**
     * Joins a ring through the first seed that leads into one, trying until the time is over.
     *
     * @throws ChordException UNREACHABLE, naming every address tried and why it did not help; CONFLICT if
     *     another live node has this one's identifier
     */
    public void joinAll(List<Endpoint> seeds, Duration limit) {
        joinAll(seeds, new Patience(Optional.of(limit)));
    }

    private void joinAll(List<Endpoint> seeds, Patience patience) {
        Peer first = loop.states().get(0).self();
        join(first, seeds, patience);
        joinOthers(first);
    }

    private void joinOthers(Peer first) {
        for (NodeState state : loop.states()) {
            if (!state.self().equals(first)) {
                Patience patience = new Patience(Optional.of(Duration.ofSeconds(ALL_TRIED_SECONDS)));
                join(state.self(), List.of(first.endpoint()), patience);
            }
        }
    }

    private void join(Peer member, List<Endpoint> seeds, Patience patience) {
        Map<String, String> troubles = new LinkedHashMap<>();
        patience.await("a seed to let it in", () -> {
            tryJoin(member, seeds, patience, troubles);
            return member;
        });
    }

    private void tryJoin(Peer member, List<Endpoint> seeds, Patience patience, Map<String, String> troubles) {
        List<String> unresolved = new ArrayList<>();
        List<Endpoint> addresses = Ring.resolve(seeds, unresolved);
        unresolved.forEach(line -> note(troubles, line.substring(0, line.lastIndexOf(": ")), "no such host"));
        addresses.forEach(this::refuseOtherConsistency);
        Outcome outcome = await(member, new Command.Join(addresses));
        if (outcome instanceof Outcome.Declined declined) {
            throw new ChordException(ErrorCode.CONFLICT, "cannot join: " + declined.reason(), "");
        }
        if (!(outcome instanceof Outcome.JoinFailed failed)) {
            return;
        }
        failed.attempts().forEach(a -> note(troubles, a.endpoint().toString(), a.reason()));
        if (failed.fatal()) {
            throw new ChordException(
                    ErrorCode.CONFLICT,
                    "cannot join: " + lines(troubles),
                    "is a copy of this data directory in use elsewhere? give this node its own --data-dir");
        }
        // what came of the place that a seed led to is noted under this node's own address
        if (failed.attempts().stream().anyMatch(a -> a.endpoint().equals(member.endpoint()))) {
            patience.moves();
            throw new ChordException(
                    ErrorCode.UNREACHABLE,
                    "a ring answers but has not let this node in; tried " + lines(troubles),
                    "many nodes may be joining at once, or the ring may be broken: see 'chord ring check' on a member");
        }
        if (unresolved.isEmpty()) {
            refuseOtherRing(addresses);
        }
        throw new ChordException(
                ErrorCode.UNREACHABLE,
                "no seed led into a ring; tried " + lines(troubles),
                "start a node there first, or give the address of one that runs");
    }

    // Seeds that answer, and all say that they are of another ring or version, will say so for ever.
    private void refuseOtherRing(List<Endpoint> addresses) {
        List<ChordException> refusals = new ArrayList<>();
        for (Endpoint seed : addresses) {
            try {
                calls.neighborhood(seed, Optional.empty(), SEED_LIMIT);
                return;
            } catch (ChordException e) {
                boolean decided = e.code() == ErrorCode.CONFLICT || e.code() == ErrorCode.INCOMPATIBLE;
                if (!decided || e.getCause() == null || !WireErrors.isAnswer(e.getCause())) {
                    return;
                }
                refusals.add(new ChordException(
                        e.code(), "cannot join through " + seed + ": " + e.getMessage(), e.hint(), e));
            }
        }
        if (!refusals.isEmpty()) {
            throw refusals.get(0);
        }
    }

    // What one node takes for agreed on another would write alone.
    private void refuseOtherConsistency(Endpoint seed) {
        if (calls.isEventual(seed, SEED_LIMIT)
                .filter(eventual -> eventual == records.agreement())
                .isPresent()) {
            String own = config.text(ConfigKey.RING_CONSISTENCY);
            String others = records.agreement() ? "eventual" : "quorum";
            throw new ChordException(
                    ErrorCode.INCOMPATIBLE,
                    "cannot join: " + ConfigKey.RING_CONSISTENCY.key() + " is " + own + " here and " + others
                            + " in the ring of " + seed,
                    "start this node with --" + ConfigKey.RING_CONSISTENCY.key() + " " + others);
        }
    }

    private static void note(Map<String, String> troubles, String address, String why) {
        if (!why.equals(troubles.put(address, why))) {
            log.info("seed {}: {}; trying again", address, why);
        }
    }

    private static String lines(Map<String, String> troubles) {
        List<String> lines = new ArrayList<>();
        troubles.forEach((address, why) -> lines.add(address + " (" + why + ")"));
        return String.join(", ", lines);
    }

    private Outcome await(Peer member, Command command) {
        return Await.REAL.of(loop.command(member.id(), command), Duration.ofSeconds(ALL_TRIED_SECONDS), "the ring");
    }
}
